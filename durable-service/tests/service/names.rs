//! The names under which a function is found, and the tenants that it isolates.

use durable_service::model::{InvocationType, OperationDetails, OperationStatus, Timestamp};
use durable_service::{
    FunctionSettings, InvokeRequest, ListRequest, Service, ServiceError, ServiceSettings, Tenancy,
};

use crate::function::{Function, With as _, invoke};

fn service() -> Service {
    let mut service = Service::new(ServiceSettings::default());
    service.register_function("shop-order", FunctionSettings::default());
    service.register_function("Price", FunctionSettings::default());
    service.register_name("Order", "shop-order");
    // A function of that very name goes first.
    service.register_name("Price", "shop-order");
    service
}

fn request(function: &str, tenant: Option<&str>) -> InvokeRequest {
    InvokeRequest {
        invocation_type: InvocationType::RequestResponse,
        tenant_id: tenant.map(str::to_owned),
        ..InvokeRequest::new(function, "1")
    }
}

fn invoked(
    service: &mut Service,
    function: &str,
    tenant: Option<&str>,
) -> Result<String, ServiceError> {
    let now = Timestamp::from_millis(0);
    let invoked = service.invoke(now, request(function, tenant))?;
    Ok(invoked.function)
}

#[test]
fn another_name_finds_the_function() {
    let mut service = service();
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:Order:live";
    for name in ["shop-order", "Order", "Order:live", arn] {
        assert_eq!(
            invoked(&mut service, name, None).unwrap(),
            "shop-order",
            "{name}"
        );
    }
    assert_eq!(invoked(&mut service, "Price", None).unwrap(), "Price");
    assert!(service.has_function("Order"));
    let request = ListRequest {
        function: "Order".to_owned(),
        ..ListRequest::default()
    };
    assert_eq!(service.list(&request).unwrap().executions.len(), 0);
}

#[test]
fn a_function_that_isolates_tenants_needs_one_and_another_takes_none() {
    let mut service = service();
    service.set_tenancy("shop-order", Tenancy::PerTenant);
    service.set_tenancy("Price", Tenancy::Shared);
    assert!(invoked(&mut service, "Order", Some("blue")).is_ok());
    assert!(invoked(&mut service, "Price", None).is_ok());
    assert_eq!(
        invoked(&mut service, "Order", None)
            .unwrap_err()
            .to_string(),
        "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request \
         and try again."
    );
    assert_eq!(
        invoked(&mut service, "Price", Some("blue"))
            .unwrap_err()
            .to_string(),
        "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your \
         request and try again."
    );
}

#[test]
fn a_chained_invoke_without_the_tenant_fails_alone() {
    let mut function = Function::started();
    function
        .service
        .register_function("plain", FunctionSettings::default());
    function.service.set_tenancy("plain", Tenancy::PerTenant);
    function.invoke();
    function
        .checkpoint([invoke("i", "plain").payload("7")])
        .unwrap();
    assert_eq!(function.operation("i").status, OperationStatus::Failed);
    let OperationDetails::ChainedInvoke(details) = function.operation("i").details else {
        panic!("not a chained invoke");
    };
    let error = details.error.unwrap().to_string();
    assert!(error.contains("InvalidParameterValueException"), "{error}");
    assert!(
        error.contains("enabled with tenancy configuration"),
        "{error}"
    );
}

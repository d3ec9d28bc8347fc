//! The error of an operation or execution, as the AWS client has it.

use aws_sdk_lambda::types as aws;
use durable_service::model::ErrorObject;

/// The client's form of an error.
pub(super) fn to_aws(error: ErrorObject) -> aws::ErrorObject {
    aws::ErrorObject::builder()
        .set_error_type(error.error_type)
        .set_error_message(error.error_message)
        .set_error_data(error.error_data)
        .set_stack_trace((!error.stack_trace.is_empty()).then_some(error.stack_trace))
        .build()
}

/// The error of the client's form.
pub(super) fn from_aws(error: &aws::ErrorObject) -> ErrorObject {
    ErrorObject {
        error_type: error.error_type.clone(),
        error_message: error.error_message.clone(),
        error_data: error.error_data.clone(),
        stack_trace: error.stack_trace().to_vec(),
    }
}

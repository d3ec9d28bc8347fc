//! Between the AWS client's types and the service's: the typed twin of the service's wire module.

use aws_sdk_lambda::operation::checkpoint_durable_execution::CheckpointDurableExecutionOutput;
use aws_sdk_lambda::operation::get_durable_execution_state::GetDurableExecutionStateOutput;
use aws_sdk_lambda::types as aws;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;
use durable_service::model::{
    CallbackOptions, ChainedInvokeOptions, ContextOptions, Operation, OperationDetails,
    OperationUpdate, StepOptions, Timestamp, WaitOptions,
};
use durable_service::{CheckpointResponse, ServiceError, StatePage};

use super::aws_error::{from_aws, to_aws};

/// An update as the service takes it.
pub(super) fn update(update: &aws::OperationUpdate) -> Result<OperationUpdate, ServiceError> {
    let operation_type =
        update.r#type.as_str().parse().map_err(|_| {
            ServiceError::InvalidParameterValue("Unknown operation type.".to_owned())
        })?;
    let action = update.action.as_str().parse().map_err(|_| {
        ServiceError::InvalidParameterValue(
            "Invalid action for the given operation type.".to_owned(),
        )
    })?;
    Ok(OperationUpdate {
        id: update.id().into(),
        operation_type,
        action,
        parent_id: update.parent_id().map(Into::into),
        name: update.name.clone(),
        sub_type: update.sub_type.clone(),
        payload: update.payload.clone(),
        error: update.error().map(from_aws),
        context_options: update.context_options().map(|options| ContextOptions {
            replay_children: options.replay_children,
        }),
        step_options: update.step_options().map(|options| StepOptions {
            next_attempt_delay_seconds: options.next_attempt_delay_seconds.map(Into::into),
        }),
        wait_options: update.wait_options().map(|options| WaitOptions {
            wait_seconds: options.wait_seconds.map(Into::into),
        }),
        callback_options: update.callback_options().map(|options| CallbackOptions {
            timeout_seconds: Some(options.timeout_seconds.into()),
            heartbeat_timeout_seconds: Some(options.heartbeat_timeout_seconds.into()),
        }),
        chained_invoke_options: update.chained_invoke_options().map(|options| {
            ChainedInvokeOptions {
                function_name: Some(options.function_name.clone()),
                tenant_id: options.tenant_id.clone(),
                trace_header: options.x_amzn_trace_id.clone(),
            }
        }),
    })
}

/// The output of a checkpoint call.
pub(super) fn checkpoint_output(
    response: CheckpointResponse,
) -> Result<CheckpointDurableExecutionOutput, ServiceError> {
    let state = aws::CheckpointUpdatedExecutionState::builder()
        .set_operations(Some(operations(response.operations)?))
        .build();
    Ok(CheckpointDurableExecutionOutput::builder()
        .set_checkpoint_token(response.checkpoint_token.map(Into::into))
        .new_execution_state(state)
        .build())
}

/// The output of a state call.
pub(super) fn state_output(
    page: StatePage,
) -> Result<GetDurableExecutionStateOutput, ServiceError> {
    GetDurableExecutionStateOutput::builder()
        .set_operations(Some(operations(page.operations)?))
        .set_next_marker(page.next_marker)
        .build()
        .map_err(|error| unbuilt(&error))
}

fn operations(operations: Vec<Operation>) -> Result<Vec<aws::Operation>, ServiceError> {
    operations
        .into_iter()
        .map(|operation| self::operation(operation).map_err(|error| unbuilt(&error)))
        .collect()
}

fn unbuilt(error: &BuildError) -> ServiceError {
    ServiceError::Serialization(error.to_string())
}

fn operation(operation: Operation) -> Result<aws::Operation, BuildError> {
    let builder = aws::Operation::builder()
        .id(operation.id.as_str())
        .set_parent_id(operation.parent_id.as_ref().map(ToString::to_string))
        .r#type(operation.operation_type().as_str().into())
        .status(operation.status.as_str().into())
        .set_name(operation.name)
        .set_sub_type(operation.sub_type)
        .start_timestamp(time(operation.started_at))
        .set_end_timestamp(operation.ended_at.map(time));
    match operation.details {
        OperationDetails::Execution { input } => builder.execution_details(
            aws::ExecutionDetails::builder()
                .set_input_payload(input)
                .build(),
        ),
        OperationDetails::Context(context) => builder.context_details(
            aws::ContextDetails::builder()
                .set_replay_children(context.replay_children.then_some(true))
                .set_result(context.result)
                .set_error(context.error.map(to_aws))
                .build(),
        ),
        OperationDetails::Step(step) => builder.step_details(
            aws::StepDetails::builder()
                .attempt(i32::try_from(step.attempt).unwrap_or(i32::MAX))
                .set_next_attempt_timestamp(step.next_attempt_at.map(time))
                .set_result(step.result)
                .set_error(step.error.map(to_aws))
                .build(),
        ),
        OperationDetails::Wait(wait) => builder.wait_details(
            aws::WaitDetails::builder()
                .scheduled_end_timestamp(time(wait.scheduled_end_at))
                .build(),
        ),
        OperationDetails::Callback(callback) => builder.callback_details(
            aws::CallbackDetails::builder()
                .callback_id(callback.callback_id)
                .set_result(callback.result)
                .set_error(callback.error.map(to_aws))
                .build(),
        ),
        OperationDetails::ChainedInvoke(invoke) => builder.chained_invoke_details(
            aws::ChainedInvokeDetails::builder()
                .set_result(invoke.result)
                .set_error(invoke.error.map(to_aws))
                .build(),
        ),
    }
    .build()
}

fn time(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millis())
}

"""Durable functions on the official Python SDK, as a user writes them. The server runs them unmodified."""

import os
import pathlib
import time

from aws_durable_execution_sdk_python import (
    CallbackExternalError,
    InvokeError,
    durable_execution,
    durable_parallel_branch,
    durable_step,
    durable_with_child_context,
)
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    Duration,
    JitterStrategy,
    MapConfig,
    ParallelConfig,
    StepConfig,
    StepSemantics,
)
from aws_durable_execution_sdk_python.retries import (
    RetryStrategyConfig,
    create_retry_strategy,
)
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitStrategyConfig,
    create_wait_strategy,
)

RETRY = StepConfig(
    retry_strategy=create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=3,
            initial_delay=Duration.from_seconds(10),
            backoff_rate=2.0,
            jitter_strategy=JitterStrategy.NONE,
        )
    )
)


@durable_step
def charge(step, cents, failures):
    if step.attempt <= failures:
        raise ConnectionError("the payment service is busy")
    return {"cents": cents, "attempt": step.attempt}


@durable_with_child_context
def ship(context, order_id):
    label = context.step(lambda _: f"label for {order_id}", name="label")
    context.wait(Duration.from_hours(1), name="pick-up")
    return label


@durable_execution
def order(event, context):
    """Steps, retries, waits and a child context."""
    price = context.step(lambda _: event["cents"], name="price")
    paid = context.step(charge(price, event["failures"]), name="charge", config=RETRY)
    context.wait(Duration.from_days(1), name="cool-off")
    label = context.run_in_child_context(ship(event["order_id"]), name="ship")
    return {"paid": paid, "label": label}


@durable_execution
def nap(event, context):
    """Waits for as many seconds as its event says."""
    context.wait(Duration.from_seconds(event["seconds"]), name="nap")
    return "rested"


@durable_execution
def approval(event, context):
    """A callback with a heartbeat timeout."""
    callback = context.create_callback(
        name="approval",
        config=CallbackConfig(
            timeout=Duration.from_minutes(10),
            heartbeat_timeout=Duration.from_minutes(5),
        ),
    )
    try:
        return {"answer": callback.result()}
    except CallbackExternalError as error:
        return {"refused": str(error)}


@durable_execution
def review(event, context):
    """A callback whose id a step sends off."""
    return context.wait_for_callback(lambda callback_id, _: None, name="review")


@durable_execution
def caller(event, context):
    """Invokes the function that its event names."""
    try:
        result = context.invoke(event["target"], event["payload"], name="call")
        return {"result": result}
    except InvokeError as error:
        return {"failed": str(error)}


@durable_step
def double(step, number):
    return number * 2


@durable_execution
def batch(event, context):
    """A map over the items of its event, one after the other."""
    results = context.map(
        event["items"],
        lambda item_context, item, index, items: item_context.step(double(item)),
        name="batch",
        config=MapConfig(max_concurrency=1),
    )
    return results.get_results()


@durable_parallel_branch(name="quick")
def quick(context):
    return context.step(double(1), name="quick-step")


@durable_parallel_branch(name="slow")
def slow(context):
    context.wait(Duration.from_hours(2), name="pause")
    return context.step(double(2), name="slow-step")


@durable_execution
def branches(event, context):
    """Two branches, of which one takes its time."""
    results = context.parallel([quick(), slow()], name="branches", config=ParallelConfig())
    return results.get_results()


@durable_execution
def polling(event, context):
    """Looks again and again until the number is large enough."""
    return context.wait_for_condition(
        lambda number, _: number + 1,
        name="poll",
        config=WaitForConditionConfig(
            initial_state=0,
            wait_strategy=create_wait_strategy(
                WaitStrategyConfig(
                    should_continue_polling=lambda number: number < 3,
                    initial_delay=Duration.from_minutes(1),
                    backoff_rate=1.0,
                    jitter_strategy=JitterStrategy.NONE,
                )
            ),
        ),
    )


@durable_step
def dies_once(step, marker):
    path = pathlib.Path(marker)
    if not path.exists():
        path.touch()
        os._exit(3)
    return "alive"


@durable_execution
def crash(event, context):
    """Its process dies in a step, the first time."""
    semantics = StepSemantics[event["semantics"]]
    config = StepConfig(retry_strategy=RETRY.retry_strategy, step_semantics=semantics)
    return context.step(dies_once(event["marker"]), name="fragile", config=config)


@durable_execution
def failing(event, context):
    """Ends with an error of its own."""
    raise ValueError("no such order")


@durable_execution
def measured(event, context):
    """Ten steps; answers how long each took until its result was recorded, in microseconds."""
    took = []
    for _ in range(10):
        began = time.perf_counter()
        context.step(lambda _: None, name="step")
        took.append(int((time.perf_counter() - began) * 1_000_000))
    return took


def price(event, context):
    """A plain function."""
    if event["cents"] < 0:
        raise ValueError("a price is not negative")
    return event["cents"] * 119 // 100


@durable_step
def look(step):
    step.logger.warning("in the step")
    return "looked"


@durable_execution
def logging(event, context):
    context.logger.info("before\nthe step")
    context.logger.debug("too much")
    return context.step(look(), name="look")

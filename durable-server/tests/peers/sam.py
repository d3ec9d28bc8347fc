"""SAM CLI's own code against the server, as `sam local invoke` and `sam local callback|execution` run it: all but Docker.

`sam.py ORDERS APPROVAL`: the ports at which the functions would be in SAM CLI's containers. Prints what happened as JSON.
"""

import json
import sys
import time

from click.testing import CliRunner
from samcli.commands.local.callback.cli import cli as callback
from samcli.commands.local.execution.cli import cli as execution
from samcli.lib.utils.durable_callback_handler import DurableCallbackHandler
from samcli.local.docker.durable_functions_emulator_container import (
    DurableFunctionsEmulatorContainer,
)
from samcli.local.docker.durable_lambda_container import DurableLambdaContainer

CONFIG = {"ExecutionTimeout": 2_592_000, "RetentionPeriodInDays": 7}


class Container(DurableLambdaContainer):
    """A container that runs already, at a port of this machine. What concerns Docker is left out; the rest is SAM CLI's."""

    def __init__(self, emulator, port):
        self.emulator_container = emulator
        self.durable_config = CONFIG
        self.port = port
        self._is_warm_runtime = True

    def get_port(self):
        return self.port

    def start(self, *_):
        pass

    def start_logs_thread_if_not_alive(self, *_):
        pass

    def _wait_for_socket_connection(self, *_):
        pass

    def invoke(self, event, name, invocation_type):
        headers = self.wait_for_result(
            None,
            json.dumps(event),
            None,
            None,
            durable_execution_name=name,
            invocation_type=invocation_type,
        )
        return headers["X-Amz-Durable-Execution-Arn"]


def sam(group, *arguments):
    """Runs a command of SAM CLI, which must succeed."""
    outcome = CliRunner(mix_stderr=False).invoke(group, arguments)
    assert outcome.exit_code == 0, (arguments, outcome.output, outcome.exception)
    return outcome.stdout


def first_json(text):
    """The JSON in an output. A thread of SAM CLI that waits for an execution may print beside it."""
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


def read(arn):
    """What `sam local execution get` says."""
    return first_json(sam(execution, "get", arn, "--format", "json"))


def eventually(look):
    while not (found := look()):
        time.sleep(0.05)
    return found


def ended(arn):
    return eventually(lambda: (it := read(arn))["Status"] != "RUNNING" and it)


def main():
    orders_port, approval_port = map(int, sys.argv[1:])
    emulator = DurableFunctionsEmulatorContainer()
    event = {"order_id": "order-1", "cents": 4_990, "failures": 0}
    arn = Container(emulator, orders_port).invoke(event, "order-1", "RequestResponse")
    order = read(arn)
    history = first_json(sam(execution, "history", arn, "--format", "json"))

    approval = Container(emulator, approval_port)
    handler = DurableCallbackHandler(emulator.lambda_client)
    approvals = []
    for answer in [("succeed", "--result", '"granted"'), ("fail", "--error-message", "too late")]:
        arn = approval.invoke({}, None, "Event")
        callback_id = eventually(lambda: handler.check_for_pending_callbacks(arn))
        command, *options = answer
        sam(callback, "heartbeat", callback_id)
        sam(callback, command, callback_id, *options)
        approvals.append(ended(arn))

    arn = approval.invoke({}, None, "Event")
    eventually(lambda: handler.check_for_pending_callbacks(arn))
    sam(execution, "stop", arn, "--error-message", "enough")
    print(
        json.dumps(
            {
                "order": order,
                "events": [it["EventType"] for it in history["Events"]],
                "approvals": approvals,
                "stopped": ended(arn),
            },
            default=str,
        )
    )


main()

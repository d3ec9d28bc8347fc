"""Makes calls of the Lambda API with boto3: one JSON object a line comes in, and its answer goes out."""

import json
import sys

import boto3
from botocore.config import Config

# A call that is refused is to be seen, not repeated.
CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=60)


def make(client, call):
    members = call["with"]
    if call.get("pages"):
        pages = client.get_paginator(call["call"]).paginate(**members)
        return pages.build_full_result()
    answer = getattr(client, call["call"])(**members)
    answer.pop("ResponseMetadata")
    if "Payload" in answer:
        answer["Payload"] = answer["Payload"].read().decode()
    return answer


def refusal(error):
    return {
        "class": type(error).__name__,
        "code": error.response["Error"]["Code"],
        "message": error.response["Error"]["Message"],
        "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
    }


def main():
    client = boto3.client(
        "lambda",
        endpoint_url=sys.argv[1],
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=CONFIG,
    )
    for line in sys.stdin:
        try:
            answer = {"answer": make(client, json.loads(line))}
        except client.exceptions.ClientError as error:
            answer = {"refusal": refusal(error)}
        print(json.dumps(answer, default=lambda time: time.timestamp()), flush=True)


main()

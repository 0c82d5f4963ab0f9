"""Lists the buckets twice as the profile that is named; any question is asked the first time only."""

import sys

import boto3

client = boto3.Session(profile_name=sys.argv[1]).client("s3")
for time in ("first", "second"):
    print(time, *(bucket["Name"] for bucket in client.list_buckets()["Buckets"]))

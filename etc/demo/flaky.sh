#!/bin/sh
# Fails the first time, as programs that fetch something do.
echo "attempt $AWS_BATCH_JOB_ATTEMPT"
[ "$AWS_BATCH_JOB_ATTEMPT" -ge 2 ] || exit 1

#!/bin/sh
# One element of an array: any program that knows its index from LSB_JOBINDEX.
echo "$LSB_JOBINDEX" >> begun
echo "point $LSB_JOBINDEX of a parameter study, on $(hostname)"
sleep 0.$((4 + LSB_JOBINDEX % 4))
echo "$((LSB_JOBINDEX * LSB_JOBINDEX))" > "point.$LSB_JOBINDEX"

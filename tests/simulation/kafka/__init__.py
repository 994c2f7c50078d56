"""Kafka as the product's clients see it: logs, transactions, groups, and confluent_kafka's classes.

Simulated: append times, control records that take an offset, last stable offset, aborted records,
a coordinator that decides first and marks later (and can lose a marker), fencing by epoch,
time-outs of transactions, groups with generations and static members, committed offsets with
metadata, retention, compaction, topics made anew or with more partitions, a cluster that is away
for a while, answers that are lost. Not simulated: replication, quotas, size limits, TLS.
`tests/contract/test_kafka_contract.py` holds this and a real Kafka to the same.
"""

-- Scope: report
-- Read by: the sink, before it first writes from a partition.
-- Written once per partition, before its first rows: proof that a group that has forgotten its
-- offsets, or a topic that was made anew, would count again what is here already.
CREATE TABLE IF NOT EXISTS sink_partitions
(
    topic String COMMENT 'Name of the topic',
    topic_id String COMMENT 'Kafka''s id of it: another one after the topic was made anew',
    partition UInt32 COMMENT 'Partition of the topic',
    registered_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the sink first wrote from it'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, topic_id, partition)
COMMENT 'What the sink has ever written from';

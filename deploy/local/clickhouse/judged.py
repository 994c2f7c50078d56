"""What readers may set and see: settings and system tables of the pinned engine, each judged.

A setting is to be judged if its value is free text, or if its name tells that it opens a door
(`TO_JUDGE`). A test asks the engine for all of them: an upgrade that brings another one fails it.
"""

from __future__ import annotations

TO_JUDGE = """
SELECT name FROM system.settings
WHERE tier != 'Obsolete' AND alias_for = '' AND (
    type IN ('String', 'URI', 'Map', 'Timezone', 'Dialect')
    OR type = 'Bool' AND match(name, '(^|_)(python|eval|introspection|ai|credentials|insecure|ddl|dialect)(_|$)'))
"""  # noqa: E501 (one condition)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLOSED = _words(
    """
    format_schema format_schema_source format_template_resultset format_template_row
    input_format_record_errors_file_path output_format_schema rename_files_after_processing
    format_avro_schema_registry_url s3_base s3queue_default_zookeeper_path url_base
    s3_allow_server_credentials_in_user_queries ai_function_allow_insecure_endpoint
    ai_function_embedding_default_credentials ai_function_text_default_credentials
    ai_function_throw_on_error ai_function_throw_on_quota_exceeded allow_experimental_ai_functions
    allow_experimental_eval_table_function allow_python_table_function additional_result_filter
    additional_table_filters implicit_table_at_top_level parallel_replicas_custom_key dialect
    polyglot_dialect promql_database promql_table allow_experimental_kusto_dialect
    allow_experimental_prql_dialect allow_experimental_polyglot_dialect enable_json_ast_dialect
    enable_trino_dialect compatibility allow_ddl allow_distributed_ddl default_view_definer
    allow_introspection_functions metrics_perf_events_list trace_profile_events_list
    cluster_for_parallel_replicas distributed_cache_client_id distributed_cache_file_cache_name
    filesystem_cache_name chdb_client_name framing_output_format http_response_headers
    send_logs_source_regexp
    """
)
"""Paths, hosts, schemas, text that becomes SQL, another language, and the mark of a handle."""

OPEN = _words(
    """
    bool_false_representation bool_true_representation column_names_for_schema_inference
    compression count_distinct_implementation database default_format
    distributed_plan_force_exchange_kind errors_output_format
    exclude_materialize_skip_indexes_on_insert filter force_data_skipping_indices
    force_optimize_projection_name format format_csv_null_representation
    format_custom_field_delimiter format_custom_result_after_delimiter
    format_custom_result_before_delimiter format_custom_row_after_delimiter
    format_custom_row_before_delimiter format_custom_row_between_delimiter
    format_json_object_each_row_column_for_object_name format_regexp format_schema_message_name
    format_template_resultset_format format_template_row_format
    format_template_rows_between_delimiter format_tsv_null_representation
    iceberg_metadata_compression_method ignore_data_skipping_indices input_format
    input_format_mysql_dump_table_name input_format_orc_reader_time_zone_name
    insert_deduplication_token local_filesystem_read_method log_comment network_compression_method
    order output_format output_format_avro_codec output_format_avro_confluent_subject
    output_format_avro_string_column_pattern output_format_image_terminal_mode
    output_format_orc_writer_time_zone_name output_format_pretty_grid_charset
    output_format_sql_insert_table_name preferred_optimize_projection_name query_cache_tag
    remote_filesystem_read_method s3_upload_checksum_algorithm schema_inference_hints select
    session_timezone sort stream_like_engine_insert_queue temporary_files_codec workload
    """
)
"""How a result looks, and how it is worked out; SQL around a statement, with no more rights."""

READABLE = _words(
    """
    aggregate_function_combinators build_options codecs collations columns contributors
    current_roles data_skipping_index_types data_type_families database_engines databases
    documentation enabled_roles formats functions keywords licenses numbers numbers_mt one primes
    privileges settings settings_changes table_engines table_functions tables time_zones
    tokenizers unicode zeros zeros_mt
    """
)
"""System tables that readers may read. Those of statements show them their own; others nothing."""

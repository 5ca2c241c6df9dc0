# group_id/tenant_name/processor_name, each percent-encoded where it has a character that a URL's path segment must not have
terraform import atlas_stream_processor_start.orders 0123456789abcdef01234567/workspace-1/orders

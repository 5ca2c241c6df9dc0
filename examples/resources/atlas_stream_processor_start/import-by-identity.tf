# Terraform 1.12 and later
import {
  to = atlas_stream_processor_start.orders
  identity = {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"
  }
}

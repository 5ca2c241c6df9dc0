# Terraform 1.14 and later
action "atlas_stream_processor_stop" "orders" {
  config {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"
  }
}

action "atlas_stream_processor_start" "orders" {
  config {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"
  }
}

# At rest while something that it depends on changes, and started again afterwards.
resource "terraform_data" "schema" {
  input = "2026-11"

  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.atlas_stream_processor_stop.orders]
    }
    action_trigger {
      events  = [after_update]
      actions = [action.atlas_stream_processor_start.orders]
    }
  }
}

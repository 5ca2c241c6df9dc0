# Terraform 1.14 and later
action "atlas_stream_processor_start" "orders" {
  config {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"
    timeout        = "5m"
  }
}

# Runs it after each deployment; `terraform apply -invoke=action.atlas_stream_processor_start.orders` runs it by hand.
resource "terraform_data" "deployment" {
  input = "2026-11"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.atlas_stream_processor_start.orders]
    }
  }
}

# Terraform 1.16 and later
resource "terraform_data" "source" {
  input = "orders"

  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.atlas_stream_processor_stop.orders]
    }
  }
}

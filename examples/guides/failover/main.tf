# Terraform 1.14 and later
# Asks Atlas whether the move would be possible, and shows the answer:
# terraform apply -invoke=action.atlas_stream_processor_start.ask
action "atlas_stream_processor_start" "ask" {
  config {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"

    failover {
      region  = "OREGON_USA"
      dry_run = true
    }
  }
}

# Moves it: terraform apply -invoke=action.atlas_stream_processor_start.move
action "atlas_stream_processor_start" "move" {
  config {
    group_id       = "0123456789abcdef01234567"
    tenant_name    = "workspace-1"
    processor_name = "orders"
    timeout        = "20m"

    failover {
      region = "OREGON_USA"
      mode   = "GRACEFUL"
    }
  }
}

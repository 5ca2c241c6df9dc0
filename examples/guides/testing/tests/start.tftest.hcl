# Terraform 1.7 and later
mock_provider "atlas" {
  mock_resource "atlas_stream_processor_start" {
    defaults = {
      state = "STARTED"
    }
  }
}

run "each_of_them_is_started" {
  variables {
    processors = ["orders", "invoices", "replay"]
  }

  assert {
    condition     = length(output.states) == 3
    error_message = "One start for each processor."
  }

  assert {
    condition     = alltrue([for state in values(output.states) : state == "STARTED"])
    error_message = "All of them are STARTED."
  }
}

run "none_is_started_where_none_is_named" {
  command = plan

  variables {
    processors = []
  }

  assert {
    condition     = length(output.states) == 0
    error_message = "No start where no processor is named."
  }
}

terraform {
  required_providers {
    atlas = {
      source = "stream-start/atlas"
    }
  }
}

# Credentials and base URL come from the environment that other Atlas tools read, such as
# MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET of a service account.
provider "atlas" {}

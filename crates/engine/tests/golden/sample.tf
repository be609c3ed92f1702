# The application that this connection signs in as. `terraform destroy` removes it, and nothing else.
# Sample Product contoso in tenant 11111111-2222-3333-4444-555555555555 (sample, read)

terraform {
  required_version = ">= 1.5"

  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.12"
    }
  }
}

provider "azuread" {
  tenant_id   = "11111111-2222-3333-4444-555555555555"
  environment = "global"
}

# Roles are assigned at scopes of their own; the subscription named here only says where to sign in.
provider "azurerm" {
  features {}
  tenant_id                       = "11111111-2222-3333-4444-555555555555"
  environment                     = "public"
  subscription_id                 = var.subscription_id
  resource_provider_registrations = "none"
}

variable "subscription_id" {
  description = "Any subscription of the tenant"
  type        = string
  default     = "51111111-0000-0000-0000-000000000001"
}

locals {
  name     = "Sample Product contoso"
  tag      = "fairlead:contoso"
  audience = "AzureADMyOrg"
  connect  = "fairlead connections add contoso --connector sample --tenant 11111111-2222-3333-4444-555555555555 --mode read --subscription 51111111-0000-0000-0000-000000000001"

  secret_days = 730

  permissions = {
    "User.Read.All" = "df021288-bdef-4463-88db-98f22de89214"
  }

  delegated = {
    "Directory.AccessAsUser.All" = "0e263e50-5827-48a4-b97c-d940288653c7"
  }

  fixed_assignments = {
    "Reader at /subscriptions/51111111-0000-0000-0000-000000000001" = { role = "acdd72a7-3385-48ef-bd42-f606fba81ae7", scope = "/subscriptions/51111111-0000-0000-0000-000000000001" }
  }

  chosen_roles = {}

  assignments = merge(local.fixed_assignments)
}

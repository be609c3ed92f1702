
data "azuread_service_principal" "graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_application" "this" {
  display_name     = local.name
  sign_in_audience = local.audience
  tags             = [local.tag]

  dynamic "required_resource_access" {
    for_each = length(local.permissions) + length(local.delegated) > 0 ? [1] : []
    content {
      resource_app_id = data.azuread_service_principal.graph.client_id

      dynamic "resource_access" {
        for_each = local.permissions
        content {
          id   = resource_access.value
          type = "Role"
        }
      }
      dynamic "resource_access" {
        for_each = local.delegated
        content {
          id   = resource_access.value
          type = "Scope"
        }
      }
    }
  }
}

resource "azuread_service_principal" "this" {
  client_id       = azuread_application.this.client_id
  account_enabled = true
  tags            = [local.tag, "WindowsAzureActiveDirectoryIntegratedApp"]
}

# Admin consent.
resource "azuread_app_role_assignment" "graph" {
  for_each            = local.permissions
  app_role_id         = each.value
  principal_object_id = azuread_service_principal.this.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}

resource "azuread_service_principal_delegated_permission_grant" "graph" {
  count                                = length(local.delegated) > 0 ? 1 : 0
  service_principal_object_id          = azuread_service_principal.this.object_id
  resource_service_principal_object_id = data.azuread_service_principal.graph.object_id
  claim_values                         = keys(local.delegated)
}

resource "azurerm_role_assignment" "this" {
  for_each = local.assignments
  scope    = each.value.scope
  # A subscription's assignments name its own definition of a role, those of management groups the tenant's.
  role_definition_id = join("", [
    startswith(each.value.scope, "/subscriptions/") ? each.value.scope : "",
    "/providers/Microsoft.Authorization/roleDefinitions/${each.value.role}",
  ])
  principal_id   = azuread_service_principal.this.object_id
  principal_type = "ServicePrincipal"
  description    = local.tag
}

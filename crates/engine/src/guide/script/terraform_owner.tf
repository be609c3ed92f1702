
# Its own owner, so that it may change its own secrets.
resource "azuread_application_owner" "this" {
  application_id  = azuread_application.this.id
  owner_object_id = azuread_service_principal.this.object_id
}


resource "azuread_application_federated_identity_credential" "this" {
  application_id = azuread_application.this.id
  display_name   = local.federation.name
  issuer         = local.federation.issuer
  subject        = local.federation.subject
  audiences      = local.federation.audiences
}

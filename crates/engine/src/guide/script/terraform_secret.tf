
# The secret is part of Terraform's state, in clear: keep the state where only administrators read it, or trust an
# identity provider instead of a secret (fairlead guide --issuer … --subject …).
resource "time_offset" "secret_end" {
  offset_days = local.secret_days
}

resource "azuread_application_password" "this" {
  application_id = azuread_application.this.id
  display_name   = local.tag
  end_date       = time_offset.secret_end.rfc3339
}

output "client_secret" {
  description = "Read it into a pipe, never onto the terminal: terraform output -raw client_secret | (the output connect)"
  value       = azuread_application_password.this.value
  sensitive   = true
}

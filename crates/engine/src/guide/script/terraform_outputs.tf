
output "client_id" {
  description = "Application (client) ID"
  value       = azuread_application.this.client_id
}

output "connect" {
  description = "How Fairlead is told"
  value       = "${local.connect} --client-id ${azuread_application.this.client_id} EXPIRES"
}

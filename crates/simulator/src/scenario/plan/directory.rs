//! Users, groups and service principals that a scenario names.

use serde::Deserialize;
use uuid::Uuid;

/// `[[tenant.user]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserPlan {
    /// `userPrincipalName`
    pub user_principal_name: String,
    /// Object id; absent: from the seed.
    pub id: Option<Uuid>,
    /// `displayName`; absent: the local part of the userPrincipalName.
    pub display_name: Option<String>,
    /// `givenName`
    pub given_name: Option<String>,
    /// `surname`
    pub surname: Option<String>,
    /// `mail`; a user with mail has a mailbox.
    pub mail: Option<String>,
    /// `department`
    pub department: Option<String>,
    /// `jobTitle`
    pub job_title: Option<String>,
    /// `employeeId`
    pub employee_id: Option<String>,
    /// `accountEnabled` is false.
    #[serde(default)]
    pub disabled: bool,
    /// `userType` is Guest.
    #[serde(default)]
    pub guest: bool,
    /// The manager, by id or userPrincipalName.
    pub manager: Option<String>,
}

/// `[[tenant.group]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupPlan {
    /// `displayName`
    pub name: String,
    /// Object id; absent: from the seed.
    pub id: Option<Uuid>,
    /// `description`
    pub description: Option<String>,
    /// It is a Microsoft 365 group rather than a security group.
    #[serde(default)]
    pub microsoft_365: bool,
    /// Members by id, userPrincipalName or display name; groups may contain groups, in rings too.
    #[serde(default)]
    pub members: Vec<String>,
    /// Owners, likewise.
    #[serde(default)]
    pub owners: Vec<String>,
}

/// `[[tenant.service-principal]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServicePrincipalPlan {
    /// `displayName`
    pub name: String,
    /// Object id; absent: from the seed.
    pub id: Option<Uuid>,
    /// Client id; absent: from the seed.
    pub app_id: Option<Uuid>,
    /// `accountEnabled` is false.
    #[serde(default)]
    pub disabled: bool,
    /// The ARM id of the user-assigned identity, or of the resource that a system-assigned identity is for.
    pub managed_identity: Option<String>,
    /// App roles that it offers to users and applications.
    #[serde(default)]
    pub app_roles: Vec<String>,
    /// Owners by id, userPrincipalName or display name.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Who is assigned to it.
    #[serde(default)]
    pub assigned: Vec<AssignedPlan>,
}

/// An app role given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AssignedPlan {
    /// Id, userPrincipalName or display name.
    pub principal: String,
    /// One of the app roles; absent: default access.
    pub role: Option<String>,
}

//! Collectors of an Entra directory and of Azure's resource hierarchy, as tasks that several connectors share.
//!
//! A connector says with a [`Selection`] what it wants, merges [`Selection::needs`] and [`Selection::kinds`] into
//! its description, and passes [`plan`] and [`run`] on.
//!
//! # Ids
//!
//! Azure ignores the case of ids and does not always write them alike, so a collected id has one form, lower
//! case, and a body has what Azure sent:
//!
//! | kind | id |
//! |---|---|
//! | user, group, service-principal, application, organization, and what else is in a directory | its object id |
//! | tenant, subscription | its GUID |
//! | role-definition | its GUID: one role has another path in every subscription |
//! | management-group, resource-group, storage-account, container, role-assignment | its path from "/" |
//!
//! # Links
//!
//! | kind | from | to | label |
//! |---|---|---|---|
//! | member | group | anything in a directory | |
//! | owner | group, service-principal | anything in a directory | |
//! | app-role-assignment | service-principal that has the role | who is assigned | id of the app role |
//! | manager | user | user or contact | |
//!
//! The kind of a target is its type in Graph in kebab case: `#microsoft.graph.servicePrincipal` is
//! `service-principal`, and a type nobody has heard of is treated the same way.

mod arm;
mod batches;
mod graph;
mod hierarchy;
mod kind;
mod links;
mod list;
mod needs;
mod scope;
mod selection;
mod tasks;
mod trail;
mod tree;

pub use kind::{
    APP_ROLE_ASSIGNMENT, APPLICATION, CONTAINER, GROUP, MANAGEMENT_GROUP, MANAGER, MEMBER, ORGANIZATION,
    OWNER, RESOURCE_GROUP, ROLE_ASSIGNMENT, ROLE_DEFINITION, SERVICE_PRINCIPAL, STORAGE_ACCOUNT,
    SUBSCRIPTION, TENANT, USER,
};
pub use selection::{Collector, Selection};
pub use tasks::{plan, run};

//! What a path below `providers/Microsoft.Authorization` names.

/// What `Microsoft.Authorization` offers at every scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthorizationTarget {
    RoleDefinitions,
    RoleDefinition(String),
    RoleAssignments,
    RoleAssignment(String),
    DenyAssignments,
    DenyAssignment(String),
    Permissions,
    PolicyAssignments,
    Schedules(ScheduleCollection),
    Schedule(ScheduleCollection, String),
}

/// The six collections of PIM for Azure resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScheduleCollection {
    AssignmentSchedules,
    AssignmentInstances,
    AssignmentRequests,
    EligibilitySchedules,
    EligibilityInstances,
    EligibilityRequests,
}

impl AuthorizationTarget {
    pub(super) fn of(words: &[&str], names: &[String]) -> Option<Self> {
        let name = || names.get(1).cloned().unwrap_or_default();
        Some(match words {
            ["roledefinitions"] => Self::RoleDefinitions,
            ["roledefinitions", _] => Self::RoleDefinition(name()),
            ["roleassignments"] => Self::RoleAssignments,
            ["roleassignments", _] => Self::RoleAssignment(name()),
            ["denyassignments"] => Self::DenyAssignments,
            ["denyassignments", _] => Self::DenyAssignment(name()),
            ["permissions"] => Self::Permissions,
            ["policyassignments"] => Self::PolicyAssignments,
            [collection] => Self::Schedules(ScheduleCollection::of(collection)?),
            [collection, _] => Self::Schedule(ScheduleCollection::of(collection)?, name()),
            _ => return None,
        })
    }

    pub(super) const fn template(&self) -> (&'static str, bool) {
        match self {
            Self::RoleDefinitions => ("{scope}/roleDefinitions", true),
            Self::RoleDefinition(_) => ("{scope}/roleDefinitions/{name}", false),
            Self::RoleAssignments => ("{scope}/roleAssignments", true),
            Self::RoleAssignment(_) => ("{scope}/roleAssignments/{name}", false),
            Self::DenyAssignments => ("{scope}/denyAssignments", true),
            Self::DenyAssignment(_) => ("{scope}/denyAssignments/{name}", false),
            Self::Permissions => ("{scope}/permissions", true),
            Self::PolicyAssignments => ("{scope}/policyAssignments", true),
            Self::Schedules(collection) => (collection.template(), true),
            Self::Schedule(collection, _) => (collection.template_of_one(), false),
        }
    }
}

impl ScheduleCollection {
    const ALL: [Self; 6] = [
        Self::AssignmentSchedules,
        Self::AssignmentInstances,
        Self::AssignmentRequests,
        Self::EligibilitySchedules,
        Self::EligibilityInstances,
        Self::EligibilityRequests,
    ];

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.name().eq_ignore_ascii_case(word))
    }

    /// As the path names it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AssignmentSchedules => "roleAssignmentSchedules",
            Self::AssignmentInstances => "roleAssignmentScheduleInstances",
            Self::AssignmentRequests => "roleAssignmentScheduleRequests",
            Self::EligibilitySchedules => "roleEligibilitySchedules",
            Self::EligibilityInstances => "roleEligibilityScheduleInstances",
            Self::EligibilityRequests => "roleEligibilityScheduleRequests",
        }
    }

    /// Whether its schedules make eligible rather than assign.
    pub(super) const fn eligibility(self) -> bool {
        matches!(self, Self::EligibilitySchedules | Self::EligibilityInstances | Self::EligibilityRequests)
    }

    const fn template(self) -> &'static str {
        match self {
            Self::AssignmentSchedules => "{scope}/roleAssignmentSchedules",
            Self::AssignmentInstances => "{scope}/roleAssignmentScheduleInstances",
            Self::AssignmentRequests => "{scope}/roleAssignmentScheduleRequests",
            Self::EligibilitySchedules => "{scope}/roleEligibilitySchedules",
            Self::EligibilityInstances => "{scope}/roleEligibilityScheduleInstances",
            Self::EligibilityRequests => "{scope}/roleEligibilityScheduleRequests",
        }
    }

    const fn template_of_one(self) -> &'static str {
        match self {
            Self::AssignmentSchedules => "{scope}/roleAssignmentSchedules/{name}",
            Self::AssignmentInstances => "{scope}/roleAssignmentScheduleInstances/{name}",
            Self::AssignmentRequests => "{scope}/roleAssignmentScheduleRequests/{name}",
            Self::EligibilitySchedules => "{scope}/roleEligibilitySchedules/{name}",
            Self::EligibilityInstances => "{scope}/roleEligibilityScheduleInstances/{name}",
            Self::EligibilityRequests => "{scope}/roleEligibilityScheduleRequests/{name}",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schedule_collection_is_known_by_its_name() {
        for collection in ScheduleCollection::ALL {
            let name = collection.name().to_owned();
            let words = [name.to_ascii_lowercase(), "x".to_owned()];
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(
                AuthorizationTarget::of(&words[..1], std::slice::from_ref(&name)),
                Some(AuthorizationTarget::Schedules(collection))
            );
            assert_eq!(
                AuthorizationTarget::of(&words, &[name, "X".to_owned()]),
                Some(AuthorizationTarget::Schedule(collection, "X".to_owned()))
            );
        }
    }
}

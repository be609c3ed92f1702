//! The regions that a subscription can use.

use uuid::Uuid;

use super::context::{Context, one};
use super::error::ArmError;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::Scope;
use crate::world::text::REGIONS;

/// What Azure says about a region besides its name.
struct Place {
    region: &'static str,
    display_name: &'static str,
    geography: &'static str,
    geography_group: &'static str,
}

const PLACES: &[Place] = &[
    place("westeurope", "West Europe", "Europe", "Europe"),
    place("northeurope", "North Europe", "Europe", "Europe"),
    place("eastus", "East US", "United States", "US"),
    place("eastus2", "East US 2", "United States", "US"),
    place("westus2", "West US 2", "United States", "US"),
    place("germanywestcentral", "Germany West Central", "Germany", "Europe"),
    place("japaneast", "Japan East", "Japan", "Asia Pacific"),
    place("brazilsouth", "Brazil South", "Brazil", "South America"),
];

const fn place(
    region: &'static str,
    display_name: &'static str,
    geography: &'static str,
    geography_group: &'static str,
) -> Place {
    Place { region, display_name, geography, geography_group }
}

/// The region that a client names, by its name or its display name in any letter case.
pub(super) fn region(asked: &str) -> Option<&'static str> {
    let plain: String = asked.chars().filter(|c| !c.is_whitespace()).collect();
    REGIONS.iter().find(|region| region.eq_ignore_ascii_case(&plain)).copied()
}

/// `GET /subscriptions/{id}/locations`.
pub(super) fn list(context: &Context<'_>, subscription: Uuid) -> Result<Response, ArmError> {
    context
        .access
        .require("Microsoft.Resources/subscriptions/locations/read", &Scope::Subscription(subscription))?;
    Ok(one(|json| {
        json.array_member("value", |json| {
            for place in PLACES {
                json.object(|json| write(json, subscription, place));
            }
        });
    }))
}

fn write(json: &mut JsonWriter, subscription: Uuid, place: &Place) {
    json.string_member("id", &format!("/subscriptions/{subscription}/locations/{}", place.region));
    json.string_member("name", place.region);
    json.string_member("type", "Region");
    json.string_member("displayName", place.display_name);
    json.string_member("regionalDisplayName", &format!("({}) {}", place.geography_group, place.display_name));
    json.object_member("metadata", |json| {
        json.string_member("regionType", "Physical");
        json.string_member("regionCategory", "Recommended");
        json.string_member("geography", place.geography);
        json.string_member("geographyGroup", place.geography_group);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_of_the_world_has_a_place() {
        let places: Vec<&str> = PLACES.iter().map(|place| place.region).collect();
        assert_eq!(places, REGIONS);
    }

    #[test]
    fn regions_are_known_by_both_their_names() {
        assert_eq!(region("West Europe"), Some("westeurope"));
        assert_eq!(region("EASTUS"), Some("eastus"));
        assert_eq!(region("atlantis"), None);
    }
}

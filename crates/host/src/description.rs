//! Takes over a connector's description, and checks that it makes sense before anything relies on it.

use std::collections::HashSet;

use fairlead_model::{ApiNeed, ArtifactKind, Description, Kind, ModeDescription};

use crate::{bindings::exports::fairlead::connector::descriptor as wit, work::plain};

/// The most entries of any list in a description.
pub(crate) const MOST_ENTRIES: usize = 500;
/// The longest text for people, in characters.
const LONGEST_TEXT: usize = 1_000;
/// The longest slug, kind or file name.
pub(crate) const LONGEST_NAME: usize = 100;

/// Takes over a description.
///
/// # Errors
/// A sentence saying what is wrong and where.
pub(crate) fn take(given: wit::Description) -> Result<Description, String> {
    let description = convert(given);
    check(&description)?;
    Ok(description)
}

fn convert(given: wit::Description) -> Description {
    let kind = |kind: wit::Kind| Kind { name: kind.name, title: kind.title };
    let mode =
        |mode: wit::Mode| ModeDescription { name: mode.name, title: mode.title, summary: mode.summary };
    let need = |need: wit::ApiNeed| ApiNeed {
        api: need.api.into(),
        methods: need.methods.into_iter().map(Into::into).collect(),
        paths: need.paths,
        why: need.why,
    };
    let artifact = |made: wit::ArtifactKind| ArtifactKind {
        name: made.name,
        title: made.title,
        media_type: made.media_type,
    };
    Description {
        id: given.id,
        vendor: given.vendor,
        title: given.title,
        summary: given.summary,
        version: given.version,
        settings_schema: given.settings_schema,
        modes: given.modes.into_iter().map(mode).collect(),
        needs: given.needs.into_iter().map(need).collect(),
        items: given.items.into_iter().map(kind).collect(),
        links: given.links.into_iter().map(kind).collect(),
        artifacts: given.artifacts.into_iter().map(artifact).collect(),
    }
}

fn check(description: &Description) -> Result<(), String> {
    if !is_slug(&description.id) {
        return Err(format!("its id \"{}\" is not a slug", plain(&description.id)));
    }
    if !is_version(&description.version) {
        return Err(format!("its version \"{}\" is not a semantic version", plain(&description.version)));
    }
    for (name, value) in [("vendor", &description.vendor), ("title", &description.title)] {
        text(name, value)?;
        if value.trim().is_empty() {
            return Err(format!("its {name} is empty"));
        }
    }
    text("summary", &description.summary)?;
    schema(&description.settings_schema)?;
    names("modes", &description.modes, |mode| &mode.name, is_slug)?;
    for mode in &description.modes {
        text("mode's title", &mode.title)?;
        text("mode's summary", &mode.summary)?;
    }
    description.needs.iter().try_for_each(need)?;
    for (what, kinds) in [("items", &description.items), ("links", &description.links)] {
        names(what, kinds, |kind| &kind.name, is_kind)?;
        kinds.iter().try_for_each(|kind| text("kind's title", &kind.title))?;
    }
    names("artifacts", &description.artifacts, |made| &made.name, is_file_name)?;
    description.artifacts.iter().try_for_each(artifact)
}

fn schema(schema: &str) -> Result<(), String> {
    match serde_json::from_str::<serde_json::Value>(schema) {
        Ok(schema @ serde_json::Value::Object(_)) => match reference(&schema) {
            // Parts that refer to parts grow without bound when they are laid out, by doubling or in a circle.
            Some(word) => Err(format!(
                "its settings schema refers from one place to another ({word}): what it refers to has to be written out"
            )),
            None => Ok(()),
        },
        Ok(_) => Err("its settings schema is not a JSON object".to_owned()),
        Err(error) => Err(format!("its settings schema is not JSON ({error})")),
    }
}

/// The first word by which a schema refers to another place.
fn reference(schema: &serde_json::Value) -> Option<&'static str> {
    use serde_json::Value;
    const WORDS: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
    match schema {
        Value::Object(members) => WORDS
            .into_iter()
            .find(|word| members.get(*word).is_some_and(Value::is_string))
            .or_else(|| members.values().find_map(reference)),
        Value::Array(elements) => elements.iter().find_map(reference),
        _ => None,
    }
}

fn need(need: &ApiNeed) -> Result<(), String> {
    text("reason for a call", &need.why)?;
    if need.methods.is_empty() || need.paths.is_empty() {
        return Err(format!("a call to {} is declared without methods or without paths", need.api));
    }
    if need.paths.len() > MOST_ENTRIES {
        return Err(format!("more than {MOST_ENTRIES} paths are declared for {}", need.api));
    }
    match need.paths.iter().find(|path| !is_pattern(path)) {
        Some(path) => Err(format!(
            "\"{}\" is not a path pattern: segments from \"/\", \"*\" for one of them, \"**\" for the rest",
            plain(path)
        )),
        None => Ok(()),
    }
}

fn artifact(made: &ArtifactKind) -> Result<(), String> {
    text("artifact's title", &made.title)?;
    let parts: Vec<&str> = made.media_type.split('/').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    if parts.len() == 2 && parts.iter().all(word) {
        Ok(())
    } else {
        Err(format!("\"{}\" is not a media type", plain(&made.media_type)))
    }
}

fn names<T>(
    what: &str,
    entries: &[T],
    name: impl Fn(&T) -> &str,
    fits: impl Fn(&str) -> bool,
) -> Result<(), String> {
    if entries.len() > MOST_ENTRIES {
        return Err(format!("it declares more than {MOST_ENTRIES} {what}"));
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let name = name(entry);
        if !fits(name) {
            return Err(format!("\"{}\" cannot be a name among its {what}", plain(name)));
        }
        if !seen.insert(name) {
            return Err(format!("it declares \"{name}\" twice among its {what}"));
        }
    }
    Ok(())
}

pub(crate) fn text(what: &str, text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err(format!("a {what} has control characters: {}", plain(text)));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!("a {what} is longer than {LONGEST_TEXT} characters"));
    }
    Ok(())
}

pub(crate) fn is_slug(name: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= LONGEST_NAME && name.split('-').all(word)
}

/// A kind: a word, with the separators that snapshots and exports can carry.
fn is_kind(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(fits)
}

/// A file name that is nothing but one: no folder, not hidden.
fn is_file_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST_NAME && !name.starts_with('.') && name.bytes().all(fits)
}

fn is_version(version: &str) -> bool {
    let (core, build) = version.split_once('+').unwrap_or((version, "0"));
    let (core, pre) = core.split_once('-').unwrap_or((core, "0"));
    let number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let suffix = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    version.len() <= LONGEST_NAME
        && core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.split('.').all(suffix)
        && build.split('.').all(suffix)
}

fn is_pattern(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let segments: Vec<&str> = rest.split('/').collect();
    let last = segments.len() - 1;
    path.len() <= LONGEST_TEXT
        && segments.iter().enumerate().all(|(index, segment)| {
            let plain = segment.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\%".contains(&byte));
            let stars = !segment.contains("**") || (*segment == "**" && index == last);
            !segment.is_empty() && !matches!(*segment, "." | "..") && plain && stars
        })
}

#[cfg(test)]
mod tests {
    use fairlead_model::{Api, Method};

    use super::*;

    fn sound() -> Description {
        Description {
            id: "example".into(),
            vendor: "Example".into(),
            title: "Example".into(),
            summary: "Collects users.".into(),
            version: "1.0.0-rc.1+5".into(),
            settings_schema: r#"{"type":"object"}"#.into(),
            modes: vec![],
            needs: vec![ApiNeed {
                api: Api::Graph,
                methods: vec![Method::Get],
                paths: vec!["/v1.0/users/*/manager".into(), "/v1.0/groups/**".into()],
                why: "People.".into(),
            }],
            items: vec![Kind { name: "user".into(), title: "Users".into() }],
            links: vec![],
            artifacts: vec![ArtifactKind {
                name: "report.csv".into(),
                title: "Report".into(),
                media_type: "text/csv".into(),
            }],
        }
    }

    fn problem(change: impl FnOnce(&mut Description)) -> String {
        let mut description = sound();
        change(&mut description);
        check(&description).unwrap_err()
    }

    #[test]
    fn a_sound_description_is_taken() {
        assert_eq!(check(&sound()), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(problem(|d| d.id = "../x".into()), "its id \"../x\" is not a slug");
        for version in ["1.0", "1.0.x", "01.0.0", "1.0.0-", "v1.0.0", ""] {
            assert!(problem(|d| d.version = version.into()).contains("semantic version"), "{version}");
        }
        assert!(problem(|d| d.settings_schema = "[]".into()).contains("not a JSON object"));
        assert!(problem(|d| d.settings_schema = "{".into()).contains("not JSON"));
        let doubled =
            r##"{"d": {"a": {"not": {"$ref": "#/d/b"}}}, "properties": {"$ref": {"type": "string"}}}"##;
        assert!(problem(|d| d.settings_schema = doubled.into()).contains("($ref)"));
        assert!(problem(|d| d.title = "a\u{1b}[2J".into()).contains("control characters"));
        assert!(problem(|d| d.items.push(d.items[0].clone())).contains("\"user\" twice among its items"));
        assert!(problem(|d| d.items[0].name = "a b".into()).contains("\"a b\""));
        assert!(problem(|d| d.needs[0].methods.clear()).contains("without methods"));
    }

    #[test]
    fn an_artifact_is_a_file_name_and_nothing_else() {
        for name in ["../x", "a/b", "a\\b", ".hidden", "", "a\0b", ".."] {
            assert!(problem(|d| d.artifacts[0].name = name.into()).contains("artifacts"), "{name}");
        }
        assert!(problem(|d| d.artifacts[0].media_type = "csv".into()).contains("media type"));
    }

    #[test]
    fn a_path_pattern_stays_on_its_service() {
        for path in [
            "users",
            "",
            "/",
            "//example.com/x",
            "/a/../b",
            "/a/**/b",
            "/a**",
            "/a?b",
            "/a%2fb",
            "/a b",
            "/a\\b",
        ] {
            assert!(problem(|d| d.needs[0].paths[0] = path.into()).contains("path pattern"), "{path}");
        }
    }
}

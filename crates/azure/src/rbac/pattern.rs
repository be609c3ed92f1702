//! Action patterns of Azure roles: `*` stands for any run of characters, slashes included, and letters match in
//! either case.

/// Whether the pattern matches an action. A `*` in the action stands for itself: that is, it is matched by a `*`
/// only, so that a pattern matches another one if it matches everything the other does.
pub fn covers(pattern: &str, action: &str) -> bool {
    let pattern = pattern.as_bytes();
    let action = action.as_bytes();
    let (mut p, mut a) = (0, 0);
    // Where the last `*` stood, and how far it reached.
    let mut star: Option<(usize, usize)> = None;
    while a < action.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, a));
            p += 1;
        } else if pattern.get(p).is_some_and(|it| it.eq_ignore_ascii_case(&action[a])) {
            p += 1;
            a += 1;
        } else if let Some((at, reached)) = star {
            star = Some((at, reached + 1));
            p = at + 1;
            a = reached + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|it| *it == b'*')
}

/// Whether there is an action both patterns match.
pub fn meet(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    // `reach[j]`: whether what was read of `one` and the first `j` of `other` can stand for the same text.
    let mut reach = vec![false; other.len() + 1];
    reach[0] = true;
    for (j, it) in other.iter().enumerate() {
        reach[j + 1] = reach[j] && *it == b'*';
    }
    for left in one {
        let mut diagonal = reach[0];
        reach[0] = reach[0] && *left == b'*';
        for (j, right) in other.iter().enumerate() {
            let above = reach[j + 1];
            reach[j + 1] = if *left == b'*' || *right == b'*' {
                reach[j] || above
            } else {
                diagonal && left.eq_ignore_ascii_case(right)
            };
            diagonal = above;
        }
    }
    reach[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_crosses_slashes_and_letters_match_in_either_case() {
        for (pattern, action) in [
            ("*", "Microsoft.Compute/virtualMachines/read"),
            ("*/read", "Microsoft.Compute/virtualMachines/extensions/read"),
            ("microsoft.compute/*/READ", "Microsoft.Compute/disks/read"),
            ("Microsoft.Storage/storageAccounts/*", "Microsoft.Storage/storageAccounts/listKeys/action"),
            (
                "Microsoft.Storage/storageAccounts/listkeys/action",
                "Microsoft.Storage/storageAccounts/listKeys/action",
            ),
            ("Microsoft.Authorization/*/read", "Microsoft.Authorization/roleAssignments/read"),
            ("a*b*c", "a-b-b-c"),
        ] {
            assert!(covers(pattern, action), "{pattern} {action}");
        }
    }

    #[test]
    fn an_end_must_match_too() {
        for (pattern, action) in [
            ("*/read", "Microsoft.Compute/virtualMachines/write"),
            ("*/read", "Microsoft.Compute/virtualMachines/readers"),
            ("Microsoft.Compute/disks/read", "Microsoft.Compute/disks/read/action"),
            ("Microsoft.Compute/*", "Microsoft.ComputeX/read"),
            ("", "x"),
        ] {
            assert!(!covers(pattern, action), "{pattern} {action}");
        }
        assert!(covers("", ""));
        assert!(covers("*", ""));
    }

    #[test]
    fn a_pattern_covers_another_only_if_it_matches_all_of_it() {
        assert!(covers("*", "*/read"));
        assert!(covers("Microsoft.Compute/*", "Microsoft.Compute/*/read"));
        assert!(!covers("Microsoft.Compute/disks/read", "Microsoft.Compute/*/read"));
        assert!(!covers("*/read", "Microsoft.Compute/*"));
    }

    #[test]
    fn two_patterns_meet_where_one_action_matches_both() {
        for (one, other, expected) in [
            ("*/read", "Microsoft.Authorization/*/Write", false),
            ("*/read", "Microsoft.Authorization/*", true),
            ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/roleAssignments/delete", true),
            ("*", "*", true),
            ("a*", "*b", true),
            ("a*c", "b*", false),
            ("", "*", true),
            ("", "a", false),
            ("ab", "AB", true),
        ] {
            assert_eq!(meet(one, other), expected, "{one} {other}");
            assert_eq!(meet(other, one), expected, "{other} {one}");
        }
    }
}

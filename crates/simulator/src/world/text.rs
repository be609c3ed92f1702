//! Names of people and things, drawn by index: plain ones, accented ones and hostile ones.

use super::ids::mix;

/// Given names.
pub const GIVEN: &[&str] = &[
    "Ada",
    "Amir",
    "Anna",
    "Björn",
    "Carlos",
    "Chloé",
    "Dilek",
    "Elena",
    "Fatima",
    "Gábor",
    "Grace",
    "Håkon",
    "Ines",
    "Jürgen",
    "Kenji",
    "Lena",
    "Łukasz",
    "Maria",
    "Mehmet",
    "Nadia",
    "Noah",
    "Olga",
    "Priya",
    "Quentin",
    "Rosa",
    "Søren",
    "Tariq",
    "Uma",
    "Víctor",
    "Wei",
    "Ximena",
    "Yusuf",
    "Zoë",
    "美咲",
    "Дмитрий",
    "محمد",
];

/// Family names.
pub const FAMILY: &[&str] = &[
    "Almeida",
    "Andersson",
    "Bauer",
    "Brown",
    "Chen",
    "Cohen",
    "D'Angelo",
    "Dupont",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Hansen",
    "Ito",
    "Jensen",
    "Kowalski",
    "Kumar",
    "Lefèvre",
    "Martin",
    "Müller",
    "Nguyễn",
    "Novák",
    "O'Brien",
    "Okafor",
    "Petrov",
    "Popescu",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Smith",
    "Tanaka",
    "van der Berg",
    "Weiß",
    "Yılmaz",
    "Zhang",
    "佐藤",
    "Иванов",
];

/// Names that break careless XML, JSON, CSV, SQL or OData code.
pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "Bobby \"Tables\"; DROP TABLE users;--",
    "back\\slash\\name",
    "tab\there",
    "line\nbreak",
    "it's 'quoted'",
    "&amp; &lt; ]]>",
    "emoji 👩‍👩‍👧‍👦 family",
    "right-to-left \u{202e}override",
    "combining e\u{301}\u{323}",
    "comma, semicolon; pipe|",
    "=cmd|' /C calc'!A0",
    "nul-looking \\u0000",
    "line\u{2028}separator",
];

/// Departments.
pub const DEPARTMENTS: &[&str] = &[
    "Engineering",
    "Sales",
    "Marketing",
    "Finance",
    "Legal",
    "Human Resources",
    "Research & Development",
    "Customer Support",
    "Operations",
    "Procurement",
    "IT",
    "Security",
];

/// Job titles.
pub const TITLES: &[&str] = &[
    "Engineer",
    "Senior Engineer",
    "Account Manager",
    "Analyst",
    "Director",
    "Controller",
    "Consultant",
    "Technician",
    "Team Lead",
    "Recruiter",
    "Counsel",
    "Assistant",
];

/// Offices.
pub const OFFICES: &[&str] =
    &["Zürich 1/201", "Berlin HQ", "São Paulo 4", "Seattle 18/2111", "Tokyo 丸の内", "Remote", "London EC2"];

/// Preferred languages.
pub const LANGUAGES: &[&str] = &["en-US", "de-DE", "fr-FR", "ja-JP", "pt-BR", "tr-TR", "pl-PL"];

/// Two-letter usage locations.
pub const COUNTRIES: &[&str] = &["US", "DE", "CH", "FR", "JP", "BR", "GB", "TR"];

/// Azure regions.
pub const REGIONS: &[&str] = &[
    "westeurope",
    "northeurope",
    "eastus",
    "eastus2",
    "westus2",
    "germanywestcentral",
    "japaneast",
    "brazilsouth",
];

/// A number that depends on all of its inputs: the seed, what is asked, and of which thing.
pub const fn draw(seed: u64, question: u64, index: u64) -> u64 {
    mix(mix(seed ^ question.wrapping_mul(0xA24B_AED4_963E_E407)) ^ index)
}

/// Whether a thing has a property that a `share` (0 to 1) of all things has.
#[expect(clippy::cast_precision_loss, reason = "53 bits are enough for a share")]
pub fn has_share(seed: u64, question: u64, index: u64, share: f64) -> bool {
    (draw(seed, question, index) >> 11) as f64 / ((1_u64 << 53) as f64) < share
}

/// One of the words, by lot.
pub fn pick(words: &'static [&'static str], seed: u64, question: u64, index: u64) -> &'static str {
    let count = words.len() as u64;
    words[usize::try_from(draw(seed, question, index) % count).unwrap_or(0)]
}

/// The ASCII letters of a name in lower case, for addresses; `x` when there are none.
pub fn ascii_part(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter_map(|c| match c {
            'a'..='z' => Some(c),
            'A'..='Z' => Some(c.to_ascii_lowercase()),
            'á' | 'à' | 'å' | 'ã' => Some('a'),
            'é' | 'è' | 'ë' | 'ễ' => Some('e'),
            'í' | 'ı' => Some('i'),
            'ö' | 'ø' => Some('o'),
            'ü' => Some('u'),
            'Ł' | 'ł' => Some('l'),
            'ß' => Some('s'),
            _ => None,
        })
        .collect();
    if plain.is_empty() { "x".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept() {
        let hits = (0..100_000).filter(|index| has_share(3, 9, *index, 0.05)).count();
        assert!((4_500..5_500).contains(&hits), "{hits}");
        assert!(!has_share(3, 9, 1, 0.0));
        assert!(has_share(3, 9, 1, 1.0));
    }

    #[test]
    fn addresses_are_ascii_and_never_empty() {
        assert_eq!(ascii_part("Jürgen"), "jurgen");
        assert_eq!(ascii_part("美咲"), "x");
        assert!(GIVEN.iter().chain(FAMILY).all(|name| ascii_part(name).is_ascii()));
    }
}

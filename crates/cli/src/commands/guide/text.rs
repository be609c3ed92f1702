//! A guide as people read it.

use std::fmt::Write as _;

use fairlead_engine::guide::{Difference, Guide, Item, Step};

use crate::{output::plain, style::Style};

pub(super) fn guide(guide: &Guide, style: Style) -> String {
    let mut text = format!("{}\n", style.strong(&guide.title));
    for (number, step) in (1..).zip(&guide.steps) {
        add(&mut text, number, step, style);
    }
    if !guide.reductions.is_empty() {
        let _ = writeln!(text, "\n{}", style.strong("More than is needed"));
        for reduction in &guide.reductions {
            let instead = match reduction.instead.as_slice() {
                [] => "nothing is needed instead".to_owned(),
                names => format!("{} would do", names.join(", ")),
            };
            let _ =
                writeln!(text, "  {}", plain(&format!("{}: {instead}. {}", reduction.asked, reduction.why)));
        }
    }
    text
}

pub(super) fn difference(difference: &Difference, style: Style) -> String {
    let mut text = String::new();
    if difference.is_none() {
        text.push_str("Everything is done.\n");
    }
    for (number, step) in (1..).zip(&difference.missing) {
        add(&mut text, number, step, style);
    }
    list(&mut text, "Too much", difference.surplus.iter().map(|it| it.sentence.as_str()), style);
    list(&mut text, "Could not be looked at", difference.unknown.iter().map(String::as_str), style);
    text
}

fn list<'a>(text: &mut String, title: &str, lines: impl Iterator<Item = &'a str>, style: Style) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "\n{}", style.strong(title));
        lines.for_each(|line| _ = writeln!(text, "  {}", plain(line)));
    }
}

fn add(text: &mut String, number: usize, step: &Step, style: Style) {
    let _ = writeln!(text, "\n{}", style.strong(&format!("{number}. {}", step.title)));
    let _ = writeln!(text, "   {}", style.faint(&step.why));
    if let Some(place) = &step.place {
        let _ = writeln!(text, "   {}\n   {}", plain(&place.path), style.faint(&place.url));
    }
    if let Some(role) = &step.needs_role {
        let _ = writeln!(text, "   Whoever does it needs {}.", plain(role));
    }
    for click in &step.clicks {
        let _ = writeln!(text, "   - {}", plain(click));
    }
    for item in &step.items {
        add_item(text, item, style);
    }
    for trap in &step.traps {
        let _ = writeln!(text, "   {} {}", style.warning("!"), plain(trap));
    }
}

fn add_item(text: &mut String, item: &Item, style: Style) {
    let at = item.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    let _ = writeln!(text, "     * {}: {}", plain(&format!("{}{at}", item.name)), style.faint(&item.why));
    if let Some(place) = &item.place {
        let _ = writeln!(text, "       {}", style.faint(&place.url));
    }
}

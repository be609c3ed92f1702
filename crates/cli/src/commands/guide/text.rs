//! A guide as people read it.

use std::fmt::Write as _;

use fairlead_engine::guide::{Difference, Guide, Item, Reduction, Step};

use crate::{commands::validate::report, output::plain, style::Style};

pub(super) fn guide(guide: &Guide, style: Style) -> String {
    let mut text = format!("{}\n{}\n", style.strong(&plain(&guide.title)), plain(&guide.purpose));
    for (number, step) in (1..).zip(&guide.steps) {
        add(&mut text, number, step, style);
    }
    add_reductions(&mut text, &guide.reductions, style);
    text
}

pub(super) fn difference(difference: &Difference, style: Style) -> String {
    let mut text = String::new();
    if difference.is_none() {
        text.push_str("Everything is done.\n");
    }
    for step in &difference.steps {
        let _ = writeln!(text, "\n{}", style.strong(&format!("{}. {}", step.number, step.title)));
        step.findings.iter().for_each(|finding| report::add(&mut text, finding, style));
    }
    if !difference.beside.is_empty() {
        let _ = writeln!(text, "\n{}", style.strong("Beside the steps"));
        difference.beside.iter().for_each(|finding| report::add(&mut text, finding, style));
    }
    add_reductions(&mut text, &difference.larger, style);
    text
}

fn add_reductions(text: &mut String, reductions: &[Reduction], style: Style) {
    if reductions.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", style.strong("More than is needed"));
    for reduction in reductions {
        let instead = match reduction.instead.as_slice() {
            [] => "nothing is needed instead".to_owned(),
            names => format!("{} would do", names.join(", ")),
        };
        let can = reduction.escalation.map(|can| format!(" With it the application can {can}."));
        let line = format!("{}: {instead}. {}{}", reduction.asked, reduction.why, can.unwrap_or_default());
        let _ = writeln!(text, "  {}", plain(&line));
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

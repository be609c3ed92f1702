//! Grant expansion: who has an entitlement because a group has it, through which group, and how directly.
//!
//! A destination is a list of direct holders, some of them groups. Whoever is in such a group, or in a group
//! inside it, has the entitlement too. The group among the direct holders through which somebody comes is a
//! *way*; one person can come several ways.
//!
//! Groups may contain each other in circles. For each way the groups behind it are walked once, never through
//! the destination itself: being in a circle with a group gives nobody a way through that group into itself.
//! So a circle needs no special treatment, everybody in it reaches every group of it, and a way is listed only
//! if it would still be there after the direct membership is taken away.

use super::{host::Failure, principals::Number};

/// Pairs of principal and way held at once: 16 MiB. Destinations with more are worked off in slices.
const PAIRS: usize = 1 << 21;

/// Who is directly in which group: for each group a rising list of numbers.
#[derive(Debug)]
pub(crate) struct Memberships {
    groups: u32,
    starts: Vec<u32>,
    members: Vec<Number>,
}

impl Memberships {
    /// Nobody in any of `groups` groups; room for `count` memberships.
    pub(crate) fn new(groups: u32, count: u64) -> Self {
        let members = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        Self { groups, starts: Vec::with_capacity(groups as usize + 1), members }
    }

    /// Adds a membership; groups come in rising order.
    pub(crate) fn add(&mut self, group: Number, member: Number) -> Result<(), Failure> {
        if self.starts.len() > group as usize + 1 || group >= self.groups {
            return Err(Failure::Fatal("the collection lists memberships out of order".to_owned()));
        }
        self.open(group as usize)?;
        self.members.push(member);
        Ok(())
    }

    /// Ends the building: lists that did not come in order are put into it.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.open(self.groups as usize)?;
        for group in 0..self.groups as usize {
            let list = &mut self.members[self.starts[group] as usize..self.starts[group + 1] as usize];
            if !list.is_sorted() {
                list.sort_unstable();
            }
        }
        Ok(())
    }

    fn open(&mut self, group: usize) -> Result<(), Failure> {
        let here = u32::try_from(self.members.len())
            .map_err(|_| Failure::Fatal("the tenant has more than 4,294,967,295 memberships".to_owned()))?;
        while self.starts.len() <= group {
            self.starts.push(here);
        }
        Ok(())
    }

    /// The direct members of a group, rising; groups among them come first.
    pub(crate) fn direct(&self, group: Number) -> &[Number] {
        let group = group as usize;
        &self.members[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    fn groups_of<'a>(&self, holders: &'a [Number]) -> &'a [Number] {
        &holders[..holders.partition_point(|holder| *holder < self.groups)]
    }
}

/// Who passes from a group to what the group has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Everybody in the group and in the groups inside it, those groups included.
    Deep,
    /// Only who is directly in the group and has at least this number.
    Shallow {
        /// The number of the first user.
        from: Number,
    },
}

/// A group among the direct holders through which somebody has the entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// The group.
    pub(crate) group: Number,
    /// Whether the principal is in that group itself.
    pub(crate) is_direct: bool,
}

/// A principal who has the entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effective<'a> {
    pub(crate) principal: Number,
    /// Whether the principal is a direct holder.
    pub(crate) holds_directly: bool,
    /// The groups it comes through, rising.
    pub(crate) ways: &'a [Way],
}

/// Works out destinations, one after the other, with the same buffers.
#[derive(Debug)]
pub(crate) struct Expander<'m> {
    memberships: &'m Memberships,
    /// One past the last principal.
    end: Number,
    /// Pairs held at once.
    budget: usize,
    /// For each group, the walk that saw it last.
    seen: Vec<u32>,
    walk: u32,
    /// For each way, the groups behind it.
    pieces: Vec<(Number, Number)>,
    pairs: Vec<u64>,
    ways: Vec<Way>,
}

impl<'m> Expander<'m> {
    /// An expander over principals below `end`.
    pub(crate) fn new(memberships: &'m Memberships, end: Number) -> Self {
        let seen = vec![0; memberships.groups as usize];
        let (pieces, pairs, ways) = (Vec::new(), Vec::new(), Vec::new());
        Self { memberships, end, budget: PAIRS, seen, walk: 0, pieces, pairs, ways }
    }

    /// Calls `each` for everybody who has what the rising list `direct` holds, in rising order. `own` is the
    /// group whose membership this is about, if it is about one.
    pub(crate) fn expand(
        &mut self,
        direct: &[Number],
        own: Option<Number>,
        depth: Depth,
        each: &mut dyn FnMut(Effective<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let total = self.find_pieces(direct, own, depth);
        let slices = u32::try_from(total / self.budget + 1).unwrap_or(u32::MAX);
        let width = self.end.div_ceil(slices).max(1);
        let mut rest = direct;
        let mut low = 0;
        while low < self.end {
            let high = low.saturating_add(width).min(self.end);
            self.find_pairs(low, high, own, depth);
            let (now, later) = rest.split_at(rest.partition_point(|holder| *holder < high));
            rest = later;
            self.merge(now, each)?;
            low = high;
        }
        Ok(())
    }

    /// Finds the groups behind each way, and how many memberships they have together.
    fn find_pieces(&mut self, direct: &[Number], own: Option<Number>, depth: Depth) -> usize {
        self.pieces.clear();
        let mut total = 0;
        for way in self.memberships.groups_of(direct) {
            if Some(*way) == own {
                continue;
            }
            self.walk += 1;
            for avoided in own.iter().chain([way]) {
                self.seen[*avoided as usize] = self.walk;
            }
            let mut next = self.pieces.len();
            self.pieces.push((*way, *way));
            while let Some((_, group)) = self.pieces.get(next).copied() {
                next += 1;
                let members = self.memberships.direct(group);
                total += members.len();
                if depth != Depth::Deep {
                    break;
                }
                for inner in self.memberships.groups_of(members) {
                    if self.seen[*inner as usize] != self.walk {
                        self.seen[*inner as usize] = self.walk;
                        self.pieces.push((*way, *inner));
                    }
                }
            }
        }
        total
    }

    /// Collects who comes which way, among the principals from `low` to below `high`.
    fn find_pairs(&mut self, low: Number, high: Number, own: Option<Number>, depth: Depth) {
        self.pairs.clear();
        let low = match depth {
            Depth::Deep => low,
            Depth::Shallow { from } => low.max(from),
        };
        for (way, group) in &self.pieces {
            let members = self.memberships.direct(*group);
            let start = members.partition_point(|member| *member < low);
            let indirect = u64::from(way != group);
            for member in members[start..].iter().take_while(|member| **member < high) {
                if Some(*member) != own && member != way {
                    self.pairs.push(u64::from(*member) << 32 | u64::from(*way) << 1 | indirect);
                }
            }
        }
        self.pairs.sort_unstable();
        // Of a direct and an indirect pair the direct one sorts first and stays.
        self.pairs.dedup_by_key(|pair| *pair >> 1);
    }

    /// Puts direct holders and those who come some way into one rising order.
    fn merge(
        &mut self,
        direct: &[Number],
        each: &mut dyn FnMut(Effective<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut direct = direct.iter().copied().peekable();
        let mut pairs = self.pairs.iter().copied().peekable();
        loop {
            let coming = pairs.peek().map(|pair| principal_of(*pair));
            let principal = match (direct.peek().copied(), coming) {
                (Some(holder), Some(coming)) => holder.min(coming),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return Ok(()),
            };
            self.ways.clear();
            while let Some(pair) = pairs.next_if(|pair| principal_of(*pair) == principal) {
                self.ways.push(way_of(pair));
            }
            let mut holds_directly = false;
            while direct.next_if_eq(&principal).is_some() {
                holds_directly = true;
            }
            each(Effective { principal, holds_directly, ways: &self.ways })?;
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the upper half is shifted down")]
fn principal_of(pair: u64) -> Number {
    (pair >> 32) as Number
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn way_of(pair: u64) -> Way {
    Way { group: (pair as Number) >> 1, is_direct: pair & 1 == 0 }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Groups are 0..GROUPS, users from there.
    const GROUPS: u32 = 5;
    const END: u32 = 10;
    const ANNA: u32 = 5;
    const BEN: u32 = 6;
    const CARA: u32 = 7;

    fn memberships(edges: &[(u32, u32)]) -> Memberships {
        let mut sorted = edges.to_vec();
        sorted.sort_unstable();
        let mut made = Memberships::new(GROUPS, 0);
        for (group, member) in sorted {
            made.add(group, member).unwrap();
        }
        made.finish().unwrap();
        made
    }

    type Found = BTreeMap<u32, (bool, Vec<(u32, bool)>)>;

    fn expand(
        memberships: &Memberships,
        direct: &[u32],
        own: Option<u32>,
        depth: Depth,
        budget: usize,
    ) -> Found {
        let mut expander = Expander::new(memberships, END);
        expander.budget = budget;
        let mut found = Found::new();
        let mut last = None;
        let mut each = |effective: Effective<'_>| {
            assert!(last < Some(effective.principal), "each principal comes once and in order");
            last = Some(effective.principal);
            let ways = effective.ways.iter().map(|way| (way.group, way.is_direct)).collect();
            found.insert(effective.principal, (effective.holds_directly, ways));
            Ok(())
        };
        expander.expand(direct, own, depth, &mut each).unwrap();
        found
    }

    fn members_of(memberships: &Memberships, group: u32) -> Found {
        expand(memberships, memberships.direct(group), Some(group), Depth::Deep, PAIRS)
    }

    #[test]
    fn a_group_without_groups_is_its_direct_members() {
        let made = memberships(&[(0, ANNA), (0, BEN)]);
        assert_eq!(members_of(&made, 0), Found::from([(ANNA, (true, vec![])), (BEN, (true, vec![]))]));
        assert_eq!(members_of(&made, 1), Found::new());
    }

    #[test]
    fn who_is_in_an_inner_group_comes_through_the_outermost_one() {
        // 0 contains 1, 1 contains 2, Anna is in 2.
        let made = memberships(&[(0, 1), (1, 2), (2, ANNA)]);
        let expected = Found::from([
            (1, (true, vec![])),
            (2, (false, vec![(1, true)])),
            (ANNA, (false, vec![(1, false)])),
        ]);
        assert_eq!(members_of(&made, 0), expected);
    }

    #[test]
    fn a_diamond_lists_both_ways_and_the_direct_membership() {
        let made = memberships(&[(0, 1), (0, 2), (1, 3), (2, 3), (3, ANNA), (1, BEN), (0, BEN)]);
        let found = members_of(&made, 0);
        assert_eq!(found[&ANNA], (false, vec![(1, false), (2, false)]));
        assert_eq!(found[&BEN], (true, vec![(1, true)]));
        assert_eq!(found[&3], (false, vec![(1, true), (2, true)]));
    }

    #[test]
    fn somebody_directly_and_indirectly_behind_one_way_counts_as_direct() {
        let made = memberships(&[(0, 1), (1, ANNA), (1, 2), (2, ANNA)]);
        assert_eq!(members_of(&made, 0)[&ANNA], (false, vec![(1, true)]));
    }

    #[test]
    fn in_a_circle_everybody_reaches_every_group_and_no_group_itself() {
        let made = memberships(&[(0, 1), (1, 2), (2, 0), (0, ANNA), (1, BEN), (2, CARA)]);
        for group in 0..3 {
            let found = members_of(&made, group);
            let mut expected = BTreeSet::from([0, 1, 2, ANNA, BEN, CARA]);
            expected.remove(&group);
            assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), expected, "members of {group}");
        }
        let of_0 = members_of(&made, 0);
        assert_eq!(of_0[&ANNA], (true, vec![]), "Anna is in 1 only because she is in 0");
        assert_eq!(of_0[&CARA], (false, vec![(1, false)]));
    }

    #[test]
    fn a_group_inside_a_circle_is_not_its_own_way() {
        // 0 contains 1; 1 and 2 contain each other.
        let made = memberships(&[(0, 1), (1, 2), (2, 1)]);
        let found = members_of(&made, 0);
        assert_eq!(found[&1], (true, vec![]));
        assert_eq!(found[&2], (false, vec![(1, true)]));
    }

    #[test]
    fn a_group_directly_in_itself_gives_nobody_anything() {
        let made = memberships(&[(0, 0), (0, ANNA)]);
        assert_eq!(members_of(&made, 0), Found::from([(0, (true, vec![])), (ANNA, (true, vec![]))]));
    }

    #[test]
    fn shallow_passes_only_direct_members_from_a_number_on() {
        let made = memberships(&[(1, 2), (1, ANNA), (2, BEN)]);
        let found = expand(&made, &[1, BEN], None, Depth::Shallow { from: GROUPS }, PAIRS);
        let expected =
            Found::from([(1, (true, vec![])), (ANNA, (false, vec![(1, true)])), (BEN, (true, vec![]))]);
        assert_eq!(found, expected);
    }

    #[test]
    fn slices_give_what_one_piece_gives() {
        let edges: Vec<(u32, u32)> = (0..GROUPS)
            .flat_map(|group| (0..END).map(move |member| (group, member)))
            .filter(|(g, m)| (g * 7 + m * 3) % 4 != 0)
            .collect();
        let made = memberships(&edges);
        for group in 0..GROUPS {
            let whole = members_of(&made, group);
            for budget in [1, 2, 3, 7] {
                let sliced = expand(&made, made.direct(group), Some(group), Depth::Deep, budget);
                assert_eq!(sliced, whole);
            }
        }
    }

    #[test]
    fn members_that_come_out_of_order_are_sorted_and_groups_out_of_order_refused() {
        let mut made = Memberships::new(GROUPS, 0);
        made.add(1, BEN).unwrap();
        made.add(1, ANNA).unwrap();
        made.add(3, ANNA).unwrap();
        assert!(made.add(1, CARA).is_err());
        made.finish().unwrap();
        assert_eq!(made.direct(1), [ANNA, BEN]);
        assert_eq!(made.direct(2), [0; 0]);
        assert_eq!(made.direct(4), [0; 0]);
    }
}

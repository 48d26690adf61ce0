//! Arithmetic of sets kept as ranges.

use model::Ranges;

/// `set` without `other`.
pub(crate) fn without(set: &Ranges, other: &Ranges) -> Ranges {
    if other.is_empty() {
        return set.clone();
    }
    let mut left = Vec::new();
    let others = other.ranges();
    let mut at = 0;
    for (low, high) in set.ranges() {
        let mut from = Some(*low);
        at += others[at..].partition_point(|(_, last)| *last < *low);
        for (first, last) in others[at..].iter().take_while(|(first, _)| first <= high) {
            if let Some(start) = from.filter(|start| start < first) {
                left.push((start, first - 1));
            }
            from = last.checked_add(1);
        }
        left.extend(from.filter(|start| start <= high).map(|start| (start, *high)));
    }
    Ranges::from_unsorted(left)
}

/// What is in both.
pub(crate) fn both(one: &Ranges, other: &Ranges) -> Ranges {
    without(one, &without(one, other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sets_are_sets(
            a in prop::collection::vec((1u32..40, 1u32..40), 0..6),
            b in prop::collection::vec((1u32..40, 1u32..40), 0..6),
            offset in prop::sample::select(vec![0, u32::MAX - 39]),
        ) {
            let set = |ranges: Vec<(u32, u32)>| {
                Ranges::from_unsorted(ranges.into_iter().map(|(x, y)| (x + offset, y + offset)).collect())
            };
            let (a, b) = (set(a), set(b));
            let difference: Ranges = a.iter().filter(|n| !b.contains(*n)).collect();
            prop_assert_eq!(without(&a, &b), difference);
            let intersection: Ranges = a.iter().filter(|n| b.contains(*n)).collect();
            prop_assert_eq!(both(&a, &b), intersection);
        }
    }
}

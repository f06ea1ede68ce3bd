//! The ids of dead letters for an operator: the first digits of the digest, or the whole sort key.

use std::collections::HashMap;

use anyhow::bail;

/// The number of digits that are shown.
const SHOWN: usize = 12;

/// The short ids of dead letters by their sort keys, `{time}#{digest}`; the whole sort key if a
/// short id is ambiguous.
pub fn short(sorts: &[&str]) -> Vec<String> {
    let cut = |sort: &str| digest(sort).get(..SHOWN).unwrap_or(digest(sort)).to_owned();
    let names: Vec<String> = sorts.iter().map(|sort| cut(sort)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    let name = |(installation, sort): (usize, &&str)| {
        let alone = uses.get(names[installation].as_str()) == Some(&1);
        if alone { names[installation].clone() } else { (*sort).to_owned() }
    };
    sorts.iter().enumerate().map(name).collect()
}

/// The position of the dead letter with this id.
pub fn find(sorts: &[&str], id: &str) -> anyhow::Result<usize> {
    let meant = |sort: &str| *sort == *id || (!id.is_empty() && digest(sort).starts_with(id));
    let found: Vec<usize> =
        (0..sorts.len()).filter(|installation| meant(sorts[*installation])).collect();
    match found[..] {
        [installation] => Ok(installation),
        [] => bail!("there is no dead letter {id}; `bridge dead-letters list` shows them"),
        _ => {
            let all: Vec<&str> = found.iter().map(|installation| sorts[*installation]).collect();
            bail!("{id} is the beginning of {} ids: give the whole id, in quotes", all.join(", "))
        }
    }
}

fn digest(sort: &str) -> &str {
    sort.rsplit_once('#').map_or(sort, |(_, digest)| digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_id_names_one_or_none() {
        let sorts = ["t1#aaaaaaaaaaaa1", "t2#aaaaaaaaaaaa1", "t3#bbbbbbbbbbbb2", "t4#bbb3"];
        assert_eq!(short(&sorts), [sorts[0], sorts[1], "bbbbbbbbbbbb", "bbb3"]);
        for (installation, name) in short(&sorts).iter().enumerate() {
            assert_eq!(find(&sorts, name).unwrap(), installation);
        }
        assert_eq!(find(&sorts, "bbbb").unwrap(), 2);
        assert!(find(&sorts, "bbb").unwrap_err().to_string().contains("t4#bbb3"));
        assert!(find(&sorts, "aaaa").is_err());
        assert!(find(&sorts, "").is_err());
        assert!(find(&sorts, "c").is_err());
    }
}

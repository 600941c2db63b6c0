//! Which queues share people: together they are one pool.

/// Queues by number, joined where somebody serves both (disjoint sets with path halving).
#[derive(Clone, Debug)]
pub struct Pools {
    parent: Vec<usize>,
}

impl Pools {
    /// So many queues, each a pool of its own.
    #[must_use]
    pub fn new(queues: usize) -> Self {
        Self { parent: (0..queues).collect() }
    }

    /// Somebody serves both. Numbers that are no queue's are left out.
    pub fn join(&mut self, a: usize, b: usize) {
        let (Some(a), Some(b)) = (self.root(a), self.root(b)) else { return };
        // The smaller number is the pool's, so that pools stand in the order of their first queues.
        if let Some(parent) = self.parent.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }

    /// The number of the first queue of the pool a queue is in.
    pub fn root(&mut self, queue: usize) -> Option<usize> {
        let mut at = queue;
        loop {
            let up = *self.parent.get(at)?;
            if up == at {
                return Some(at);
            }
            let over = *self.parent.get(up)?;
            if let Some(parent) = self.parent.get_mut(at) {
                *parent = over;
            }
            at = over;
        }
    }

    /// The queues of each pool, in order.
    #[must_use]
    pub fn groups(mut self) -> Vec<Vec<usize>> {
        let mut place = vec![usize::MAX; self.parent.len()];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for queue in 0..self.parent.len() {
            let Some(root) = self.root(queue) else { continue };
            let Some(at) = place.get_mut(root) else { continue };
            if *at == usize::MAX {
                *at = groups.len();
                groups.push(Vec::new());
            }
            if let Some(group) = groups.get_mut(*at) {
                group.push(queue);
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_shares_people_is_one_pool() {
        for (queues, joins, want) in [
            (0, &[][..], vec![]),
            (3, &[][..], vec![vec![0], vec![1], vec![2]]),
            (5, &[(4, 1), (1, 2)][..], vec![vec![0], vec![1, 2, 4], vec![3]]),
            (4, &[(3, 2), (1, 0), (2, 0), (9, 1)][..], vec![vec![0, 1, 2, 3]]),
            (2, &[(0, 0), (1, 0), (0, 1)][..], vec![vec![0, 1]]),
        ] {
            let mut pools = Pools::new(queues);
            for (a, b) in joins {
                pools.join(*a, *b);
            }
            assert_eq!(pools.groups(), want);
        }
    }
}

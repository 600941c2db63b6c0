//! Parts several panels draw with.

pub(super) mod curve;
pub(super) mod figures;
pub(super) mod table;

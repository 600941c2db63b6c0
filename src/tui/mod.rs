//! The console: pure functions around one loop. Key → [`Action`] (keymap) → [`update`] → [`view`].

mod action;
mod badge;
mod charset;
mod depth;
mod digits;
mod draw;
mod format;
mod keymap;
mod order;
mod render;
mod rows;
mod scene;
mod shell;
mod status;
mod strip;
mod text;
mod theme;
mod ui;
mod update;
mod views;
mod wall;
mod widget;

pub use action::{Action, Effect, Input};
pub use charset::Charset;
pub use depth::Depth;
pub use draw::view;
pub use keymap::{KEYS, Key, input, keys_of};
pub use render::{draw_to_ansi, draw_to_buffer, draw_to_text};
pub use status::{Status, Targets};
pub use theme::{Role, THEMES, theme_word};
pub use ui::{Frozen, RowKey, Ui, View, ViewState};
pub use update::{answered, update};

//! `outwit run FILE.js`: a script in the QuickJS guest component, with no build step.

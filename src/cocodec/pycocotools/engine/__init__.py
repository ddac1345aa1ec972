"""How the drop-in answers: documents read lazily, evaluations from columns."""

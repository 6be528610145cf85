namespace AgentTeams.Models;

/// <summary>Text that is escaped for HTML, or said to be safe; what Python does with such text differs from what it does with a string.</summary>
internal sealed record JinjaMarkup(string Text);

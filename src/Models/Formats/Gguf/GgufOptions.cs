namespace AgentTeams.Models;

/// <summary>What <see cref="GgufExport.ExportGguf"/> writes.</summary>
public sealed record GgufOptions : IChecked
{
    /// <summary>How matrices are stored; <see cref="GgufType.F16"/> unless set.</summary>
    public GgufType Type { get; init; } = GgufType.F16;

    /// <summary>Which policy; the model's own weights unless set. An adapter is merged into a copy of them, and the model stays as it is.</summary>
    public PolicyId? Policy { get; init; }

    /// <summary>
    /// The chat template as Jinja text; the model's own unless set. A template that is code has such a text where it is <c>minimal</c> or
    /// <c>chatml</c>, or was recognised by it when a folder was loaded.
    /// </summary>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// Whether a tokenizer that brings text into Unicode's form NFC is exported although llama.cpp takes text as it comes: the caller then hands text over in
    /// that form, in which nearly all text already is. False unless set.
    /// </summary>
    public bool AllowUnnormalizedText { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Enum.IsDefined(Type), Type, string.Join(", ", Enum.GetNames<GgufType>()))
        .RequireThat(ChatTemplate is null || ChatTemplate.Length > 0, "ChatTemplate is empty; give Jinja text, or null for the model's own.");
}

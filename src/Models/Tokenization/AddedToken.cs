namespace AgentTeams.Models;

/// <summary>A token that is matched as a whole before any merging.</summary>
/// <param name="Text">The text that is matched.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it is control text, which decoding leaves out.</param>
/// <param name="StripLeft">Whether it swallows the white space before it.</param>
internal sealed record AddedToken(string Text, int Id, bool Special, bool StripLeft)
{
    /// <summary>Whether it swallows the white space after it.</summary>
    public bool StripRight { get; init; }

    /// <summary>Whether it is matched only where no letter, digit or underscore adjoins it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it is looked for in the normalised text rather than in the text as given.</summary>
    public bool Normalized { get; init; }

    /// <summary>
    /// Whether text that a user wrote must not produce it. Published files declare tags such as &lt;tool_call&gt; as not special so
    /// that decoding keeps them, but to a model they are as powerful as special tokens.
    /// </summary>
    public bool Control => Special || (Text.StartsWith('<') && Text.EndsWith('>'));
}

namespace AgentTeams.Storage;

/// <summary>Takes out of a text what must not be stored. Called from one thread at a time by a recorder; a text that it fails on is not stored.</summary>
/// <example><code>new RegexRedactor(new Regex(@"\bCUST-\d{6}\b"), "[customer]")</code></example>
public interface ITextRedactor
{
    /// <summary>The text without what must not be stored; an equal text where there is nothing of it.</summary>
    string Redact(string text);

    /// <summary>The same for a text or number that stands under a name, as in the arguments of a tool; the name may tell that it is secret.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">What stands there; of a number its digits.</param>
    string RedactMember(string name, string value) => Redact(value);
}

namespace AgentTeams.Storage;

/// <summary>A redactor that tells each thing that it takes out, so that something may be put in its place which stands for it.</summary>
public interface ITextFinder : ITextRedactor
{
    /// <summary>The text with each finding replaced.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replace">What stands in place of a finding.</param>
    string Replace(string text, Func<string, string> replace);

    /// <summary>The same for a text or number that stands under a name; the name may tell that all of it is secret.</summary>
    string ReplaceMember(string name, string value, Func<string, string> replace) => Replace(value, replace);
}

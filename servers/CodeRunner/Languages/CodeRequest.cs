namespace AgentTeams.Servers;

/// <summary>What a call asks for.</summary>
/// <param name="Language">What it is written in.</param>
/// <param name="Code">The code.</param>
/// <param name="StandardInput">What it reads on its standard input.</param>
/// <param name="Tests">What runs after it and asserts; null to run the code alone.</param>
/// <param name="EntryPoint">What <c>check</c> of the tests is called with; null where the tests call for themselves.</param>
internal sealed record CodeRequest(CodeLanguage Language, string Code, string StandardInput = "", string? Tests = null, string? EntryPoint = null)
{
    /// <summary>More than a person writes; compiling far more would cost the server itself.</summary>
    public const int MaxCharacters = 256 * 1024;
}

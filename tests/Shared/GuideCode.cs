using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace AgentTeams.Tests;

/// <summary>The C# code of the guides, which tests compile as it stands there.</summary>
internal static partial class GuideCode
{
    /// <summary>A file of the repository.</summary>
    public static string PathOf(string file) => Path.Combine(Folder(), "..", "..", file);

    /// <summary>The C# blocks of a guide, in order.</summary>
    public static IReadOnlyList<string> Blocks(string guide) => [.. CSharp().Matches(File.ReadAllText(PathOf(guide))).Select(m => m.Groups[1].Value)];

    /// <summary>
    /// Fails unless every paragraph of the blocks occurs in a file beside the calling test, spacing aside. Test projects import
    /// namespaces once for all their files, so directives need not be there.
    /// </summary>
    public static void AssertCompiled(IReadOnlyList<string> blocks, string file, [CallerFilePath] string thisFile = "")
    {
        var compiled = Normal(File.ReadAllText(Path.Combine(Folder(thisFile), file)));
        Assert.NotEmpty(blocks);
        Assert.All(blocks.SelectMany(b => b.Split("\n\n")).Where(p => !Directive().IsMatch(p)), paragraph => Assert.Contains(Normal(paragraph), compiled, StringComparison.Ordinal));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static string Normal(string code) => Spaces().Replace(code, " ").Trim();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex Directive();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AgentTeams.Collaboration;

/// <summary>Refuses a text whose parts stand too deep inside of each other: whoever reads it goes as deep, and a stack that is used up ends the process.</summary>
internal sealed class ShallowParser(IParser inner) : IParser
{
    // A graph needs six.
    private const int MaxDepth = 64;

    private int _depth;

    public ParsingEvent? Current => inner.Current;

    public bool MoveNext()
    {
        if (!inner.MoveNext()) return false;
        _depth += inner.Current!.NestingIncrease;
        return _depth <= MaxDepth ? true : throw new YamlException(inner.Current.Start, inner.Current.End, $"its parts stand more than {MaxDepth} deep inside of each other.");
    }
}

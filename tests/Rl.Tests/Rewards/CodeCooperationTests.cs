using CsCheck;

namespace AgentTeams.Tests;

/// <summary>Programs of two functions, written by hand: what they are, and what they only seem to be.</summary>
public sealed class CodeCooperationTests
{
    private const string Helper = "def aux(text):\n    \"\"\"Splits a text.\"\"\"\n    return text.split()\n\n";

    [Theory]
    [InlineData(CooperationScheme.Fallback, """
        def solve(text):
            try:
                words = aux(text)
            except Exception:
                words = [w for w in text.split(' ') if w]
            return words
        """)]
    [InlineData(CooperationScheme.Fallback, "def solve(text):\n    words = aux(text)\n    if words is None:\n        words = list(text)\n    return words")]
    [InlineData(CooperationScheme.Fallback, "def solve(text):\n    return aux(text) or list(text)")]
    [InlineData(CooperationScheme.Decorator, """
        def solve(text):
            if not text:
                return []
            words = aux(text.strip())
            return [w.lower() for w in words]
        """)]
    [InlineData(CooperationScheme.Decorator, "def solve(text):\n    return sorted(aux(text))")]
    [InlineData(CooperationScheme.Decorator, "def solve(text):\n    if len(text) == 0: return []\n    return aux(text)")]
    [InlineData(CooperationScheme.Coordinator, """
        def solve(lines):
            result = []
            for line in lines:
                # One line at a time.
                result.extend(aux(line))
            return result
        """)]
    [InlineData(CooperationScheme.Coordinator, "def solve(lines):\n    return [aux(line) for line in lines]")]
    [InlineData(CooperationScheme.Coordinator, "def solve(lines):\n    return list(map(aux, lines))")]
    [InlineData(CooperationScheme.Coordinator, "def solve(text):\n    half = len(text) // 2\n    return aux(text[:half]) + aux(\n        text[half:])")]
    [InlineData(CooperationScheme.StrategyFilter, """
        def solve(text):
            if aux(text):
                return text.upper()
            elif len(text) > 3:
                return text.lower()
            return text
        """)]
    [InlineData(CooperationScheme.StrategyFilter, "def solve(text):\n    kind = aux(text)\n    if len(kind) > 2:\n        return 1\n    return 2")]
    [InlineData(CooperationScheme.StrategyFilter, "def solve(text):\n    return 1 if aux(text) else 2")]
    public void Read_AuxiliaryIsUsed_NamesTheScheme(CooperationScheme scheme, string main)
    {
        var reading = CodeCooperation.Read(Helper + main, "solve", "aux");

        Assert.Equal(new CooperationReading { HasAuxiliary = true, HasMain = true, IsCalled = true, IsUsed = true, Scheme = scheme }, reading);
    }

    [Theory]
    [InlineData("def solve(text):\n    return aux(text)")]
    [InlineData("def solve(text):\n    words = aux(text)\n    return words")]
    [InlineData("def solve(text):\n    try:\n        return aux(text)\n    except ValueError:\n        raise")]
    public void Read_ArgumentsAreOnlyHandedOn_IsUsedByNoScheme(string main)
    {
        var reading = CodeCooperation.Read(Helper + main, "solve", "aux");

        Assert.Equal((true, CooperationScheme.None), (reading.IsUsed, reading.Scheme));
    }

    [Theory]
    [InlineData(true, "def solve(text):\n    aux(text)\n    return text.split()")]
    [InlineData(true, "def solve(text):\n    words = aux(text)\n    return text.split()")]
    [InlineData(true, "def solve(text):\n    _ = aux(text)\n    return text.split()")]
    [InlineData(true, "def solve(text):\n    for line in text:\n        aux(line)\n    return text")]
    [InlineData(false, "def solve(text):\n    return text.split()")]
    [InlineData(false, "def solve(text):\n    # return aux(text)\n    return text.split()")]
    [InlineData(false, "def solve(text):\n    \"\"\"Calls\n    aux(text)\n    \"\"\"\n    return 'aux(text)'")]
    [InlineData(false, "def solve(text):\n    return text.split()\n    return aux(text)")]
    [InlineData(false, "def solve(text):\n    if False:\n        return aux(text)\n    return text")]
    [InlineData(false, "def solve(text):\n    def aux(t):\n        return t\n    return sorted(aux(text))")]
    [InlineData(false, "def solve(text):\n    aux = str.split\n    return sorted(aux(text))")]
    [InlineData(false, "def solve(text, aux):\n    return sorted(aux(text))")]
    [InlineData(false, "def solve(text):\n    return sorted(text.aux(1) + my_aux(2) + aux2(3))")]
    public void Read_AuxiliaryIsNotUsed_SaysSo(bool isCalled, string main)
    {
        var reading = CodeCooperation.Read(Helper + main, "solve", "aux");

        Assert.Equal(new CooperationReading { HasAuxiliary = true, HasMain = true, IsCalled = isCalled }, reading);
    }

    [Theory]
    [InlineData("def solve(text):\n    return sorted(aux(text))", false, true)]
    [InlineData("def aux(text):\n    pass\n\ndef solve(text):\n    return sorted(aux(text))", false, true)]
    [InlineData("def aux(text):\n    return 1", true, false)]
    [InlineData("class A:\n    def aux(self): return 1\n    def solve(self): return aux()", false, false)]
    [InlineData("", false, false)]
    [InlineData("I could not write it: ''' (", false, false)]
    public void Read_AFunctionIsMissing_SaysWhich(string program, bool hasAuxiliary, bool hasMain)
    {
        Assert.Equal(new CooperationReading { HasAuxiliary = hasAuxiliary, HasMain = hasMain }, CodeCooperation.Read(program, "solve", "aux"));
    }

    [Fact]
    public void Read_AnyText_Reads() =>
        Gen.Int[0, 9].Array[0, 60].Sample(parts =>
            Assert.False(CodeCooperation.Read(string.Concat(parts.Select(p => new[] { "def solve(", "def aux(", "):\n", "    ", "\n", "'", "\"\"\"", "if ", "return aux(x)", "\\" }[p])), "solve", "aux") is { IsUsed: true, IsCalled: false }));
}

{% set re = modules.re %}
-- {{ re.match('(\\w+)-(\\d+)', 'abc-12 x').groups() }} {{ re.search('\\d+', 'a 42 b').group() }} {{ re.sub('[^a-z0-9]+', '_', 'a b--c') }} {{ re.findall('(a)(b)?', 'ab a') }}
-- {{ re.sub('(?P<x>\\w)(\\w)', '\\g<x>.\\2', 'abcd') }} {{ re.split(',\\s*', 'a, b,c') }} {{ re.match('x', 'yx') is none }} {{ re.fullmatch('a+', 'aaa').span() }} {{ re.search('ÄB', 'xäb', re.IGNORECASE).start() }}
-- {{ re.compile('^b', re.MULTILINE).findall('a\nb') }} {{ re.escape('a.b*c d') }} {{ re.findall('\\bé\\w*', 'été été') }} {{ re.match('a{2}b{,1}{', 'aab{').group() }} {{ re.sub('a$', 'z', 'a\n') | trim }} {{ re.findall('[]x]', ']x[') }}
-- {{ modules.itertools.product([1, 2], ['a', 'b']) | list }} {{ modules.itertools.combinations([1, 2, 3], 2) | list }} {{ modules.itertools.chain([1], [2]) | list }} {{ modules.itertools.permutations([1, 2]) | list }} {{ modules.itertools.islice([1, 2, 3, 4], 1, 3) | list }} {{ modules.itertools.accumulate([1, 2, 3]) | list }} {{ modules.itertools.zip_longest([1], [2, 3], fillvalue=0) | list }}
select 1 as id
